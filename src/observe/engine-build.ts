/** Which build of an engine runs, as far as it says: its version, and the commit if it is none of a release. */

export interface EngineBuild {
  readonly engine: string;
  /** As the engine says it; undefined: it does not. */
  readonly version: string | undefined;
  readonly commit: string | undefined;
}

/**
 * The version in what a program says: the first group of `pattern`, or what git made of it (the second one), which tells a
 * build between two releases from the release: v2.2.7-137-g75f30737 is not 2.2.7.
 */
export function versionIn(output: string, pattern: RegExp): string | undefined {
  const [, release, git] = pattern.exec(output) ?? [];
  if (release === undefined || git === undefined) return release;
  const described = git.replace(/^v/, '');
  return described.startsWith(release) ? described : `${release}-g${described}`;
}

/** `75f30737` of `2.2.7-137-g75f30737`. */
export function commitOf(version: string): string | undefined {
  return /-g([0-9a-f]{7,40})(?![0-9a-f])/.exec(version)?.[1];
}

/** `keepalived 2.2.7-137-g75f30737`. */
export function buildText({ engine, version }: EngineBuild): string {
  return version === undefined ? engine : `${engine} ${version}`;
}

/** Whether a version is of that release, or later: 2.4.0-12-gabcdef0 comes after 2.4.0. */
export function isSince(version: string, release: string): boolean {
  const numbers = (text: string): number[] => (text.split('-')[0] ?? '').split('.').map(Number);
  const [ours, theirs] = [numbers(version), numbers(release)];
  for (const [i, wanted] of theirs.entries()) {
    const have = ours[i] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}
