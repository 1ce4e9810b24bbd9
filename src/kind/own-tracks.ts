/** Tracked scripts and the notify script of virtual routers whose configuration is a user's file. */
import type { VrrpScriptConfig } from '../engine/core/config-track.ts';
import { formatMicros, type Micros } from '../time.ts';
import type { Path, SourceSpan } from '../topology/yaml/yaml-source.ts';
import type { Adoption, Mapping } from './adoption.ts';
import { CHECK_SCRIPT, CHECK_SERVICE, NOTIFY_SCRIPT } from './lab-scripts.ts';
import type { OwnMember } from './own-match.ts';

/** Answers the names of the scripts that are not the lab's. */
export function adoptTracks(
  adoption: Adoption,
  router: Mapping,
  path: Path,
  members: readonly OwnMember[],
): string[] {
  adoptNotify(adoption, router, path, members);
  const written = router.track as Record<string, Mapping> | undefined;
  const own = new Set<string>();
  for (const member of members)
    for (const use of usesOf(member)) {
      if (!isOfTheLab(use.script)) own.add(use.script.name);
      const inner = [...path, 'track', use.script.name];
      const tracks = adoption.mapping(router, [...path, 'track'], use.at);
      compare(adoption, adoption.mapping(tracks, inner, use.at), inner, use);
    }
  for (const name of Object.keys(written ?? {}))
    for (const member of members)
      if (!usesOf(member).some(({ script }) => script.name === name))
        adoption.contradiction(
          [...path, 'track', name],
          'here',
          `nothing of track_script ${name}`,
          member.file.at(member.instance.name, 'track_script'),
        );
  return [...own];
}

/** A script that an instance tracks. */
interface Use {
  readonly script: VrrpScriptConfig;
  readonly weight: number;
  readonly at: SourceSpan;
}

function usesOf({ file, instance }: OwnMember): Use[] {
  const at = file.at(instance.name, 'track_script');
  return instance.tracks.flatMap(({ kind, name, weight }) => {
    const script = file.config.scripts.find((candidate) => candidate.name === name);
    if (kind !== 'script' || script === undefined) return [];
    const value = weight.reverse ? -weight.value : weight.value;
    return [{ script, weight: value, at: file.block('vrrp_script', name) ?? at }];
  });
}

function compare(
  adoption: Adoption,
  track: Mapping,
  path: Path,
  { script, weight, at }: Use,
): void {
  const length = (value: unknown): string => formatMicros(value as Micros);
  const service = (port: unknown): string =>
    port === undefined ? 'another script' : `port ${port}`;
  const values: readonly (readonly [string, unknown, (value: unknown) => string])[] = [
    ['service', serviceOf(script), service],
    ['weight', weight, String],
    ['every', script.interval, length],
    ['timeout', script.timeout, length],
    ['rise', script.rise, String],
    ['fall', script.fall, String],
  ];
  for (const [key, value, text] of values) {
    if (track[key] === undefined) {
      if (value !== undefined) adoption.take(track, key, value, path, at);
    } else if (track[key] !== value)
      adoption.contradiction([...path, key], text(track[key]), text(value), at);
  }
}

function isOfTheLab({ command, name }: VrrpScriptConfig): boolean {
  const [program, argument] = command.argv;
  return (program === CHECK_SCRIPT && argument === name) || program === CHECK_SERVICE;
}

function serviceOf({ command }: VrrpScriptConfig): number | undefined {
  const [program, port] = command.argv;
  return program === CHECK_SERVICE ? Number(port) : undefined;
}

function adoptNotify(
  adoption: Adoption,
  router: Mapping,
  path: Path,
  members: readonly OwnMember[],
): void {
  const other = members.find(({ instance }) => instance.notify.any?.argv[0] !== NOTIFY_SCRIPT);
  if (router.notify === true && other !== undefined)
    adoption.contradiction(
      [...path, 'notify'],
      'true',
      `no notify ${NOTIFY_SCRIPT}`,
      other.file.at(other.instance.name, 'notify'),
    );
  const [first] = members;
  if (router.notify === undefined && first !== undefined && other === undefined)
    adoption.take(router, 'notify', true, path, first.file.at(first.instance.name, 'notify'));
}
