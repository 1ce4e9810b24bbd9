/** The build of an engine, as it reports it: its version, and the commit if it is no release. */

export interface EngineBuild {
  readonly engine: string;
  /** As the engine reports it; undefined: it does not. */
  readonly version: string | undefined;
  readonly commit: string | undefined;
}

/** The version: the first group of `pattern`; of a build after that release, the `git describe` in the second one. */
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
  const [ours, reference] = [numbers(version), numbers(release)];
  for (const [i, wanted] of reference.entries()) {
    const have = ours[i] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}

/** The version that each foreign engine reports, by engine: `keepalived 2.2.7, keepalived 2.4.3`. */
export function versionTexts(builds: Iterable<EngineBuild>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const build of builds) {
    const text = buildText(build);
    const before = texts[build.engine];
    if (build.engine === 'halab' || before?.split(', ').includes(text) === true) continue;
    texts[build.engine] = before === undefined ? text : `${before}, ${text}`;
  }
  return texts;
}
