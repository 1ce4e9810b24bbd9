/**
 * Copies values of users' keepalived.conf files into a topology's text, because the files run: a value that
 * YAML leaves out of a virtual router is taken from them; a value that contradicts them is an error with both places.
 */
import type { Adopted } from '../topology/adopted.ts';
import type { ConfigFiles } from '../topology/file/config-files.ts';
import { engineOf } from '../topology/file/node-file.ts';
import type { TopologyText } from '../topology/file/topology-schema.ts';
import type { Path, SourceSpan, YamlSource } from '../topology/yaml/yaml-source.ts';
import { type Adoption, adoptionOf, type Mapping, place } from './adoption.ts';
import { readOwnFile } from './own-file.ts';
import { type Matched, matchInstances, type OwnMember } from './own-match.ts';
import { compareGroups, compareServers } from './own-others.ts';
import { adoptTracks } from './own-tracks.ts';
import { OWN_VALUES, type OwnValue } from './own-values.ts';

/** A virtual router in YAML, and the members whose files have an instance for it. */
interface Router {
  readonly router: Mapping;
  readonly path: Path;
  /** `members` of the virtual router in YAML. */
  readonly listed: Mapping;
  readonly members: readonly OwnMember[];
}

export function adoptConfigs(
  text: TopologyText,
  source: YamlSource,
  configs: ReadonlyMap<string, ConfigFiles>,
): Adopted {
  const files = [...configs].map(([node, config]) =>
    readOwnFile(node, engineOf(text.nodes[node]?.engine), config),
  );
  const adoption = adoptionOf(text, source);
  adoption.issues.push(...files.flatMap(({ issues }) => issues));
  const matched = matchInstances(text, files);
  for (const [name, members] of matched.members) adoptRouter(adoption, name, members);
  reportUnmatched(adoption, matched);
  compareGroups(adoption, matched, files);
  compareServers(adoption, files);
  const balancing = files.filter(({ config }) => config.check.virtualServers.length > 0);
  return adoption.result(new Set(balancing.map(({ node }) => node)));
}

function adoptRouter(adoption: Adoption, name: string, members: readonly OwnMember[]): void {
  const [first] = members;
  if (first === undefined) return;
  const path = ['virtual_routers', name];
  const whole = first.file.at(first.instance.name);
  const routers = adoption.mapping(adoption.text, ['virtual_routers'], whole);
  const router = adoption.mapping(routers, path, whole);
  const listed = adoption.mapping(router, [...path, 'members'], whole);
  for (const { file, instance } of members)
    adoption.mapping(listed, [...path, 'members', file.node], file.at(instance.name));
  for (const value of OWN_VALUES) adoptValue(adoption, value, { router, path, listed, members });
  const ownScripts = adoptTracks(adoption, router, path, members);
  const { downTimerAdverts: downAdverts } = first.instance;
  for (const { file, instance } of members)
    if (instance.downTimerAdverts !== downAdverts)
      adoption.warn(
        file.at(instance.name, 'down_timer_adverts', 'vrrp_down_timer_adverts'),
        `down_timer_adverts ${instance.downTimerAdverts} differs from that of "${first.file.node}": judged by ${downAdverts}`,
      );
  const instances = members.map(({ file, instance }) => [file.node, instance.name] as const);
  adoption.extras.set(name, { downAdverts, ownScripts, instances: new Map(instances) });
}

function reportUnmatched(adoption: Adoption, { lacking, elsewhere }: Matched): void {
  for (const { router, file } of lacking) {
    const there = file.instances.map(
      ({ name, vrid, interface: on }) => `${name} (virtual_router_id ${vrid} on ${on})`,
    );
    adoption.failAtKey(
      ['virtual_routers', router, 'members', file.node],
      `"${file.node}" is a member of "${router}", but its file ${place(file.start)} has no vrrp_instance for it`,
      `There ${there.length === 1 ? 'is' : 'are'}: ${there.join(', ') || 'none'}. Name the virtual router after its instance, or take the member out.`,
    );
  }
  for (const { file, instance } of elsewhere)
    adoption.warn(
      file.at(instance.name, 'interface'),
      `${instance.name} is on "${instance.interface}", which is no network of "${file.node}" here: it is not judged`,
      `Networks are named after interfaces: add ${instance.interface} to the topology, and to attach of "${file.node}".`,
    );
}

/** Takes or compares one value of a virtual router, for each member with a file. */
function adoptValue(adoption: Adoption, value: OwnValue, whole: Router): void {
  const { router, path, listed, members } = whole;
  const { key, level } = value;
  const isWritten = router[key] !== undefined;
  for (const own of members) {
    const member = listed[own.file.node] as Mapping;
    const inner = [...path, 'members', own.file.node];
    if (level === 'member' || (level === 'both' && member[key] !== undefined))
      takeOrCompare(adoption, value, own, { into: member, path: inner });
    else if (isWritten || router[key] === undefined)
      takeOrCompare(adoption, value, own, { into: router, path });
    else compareMembers(adoption, value, own, whole);
  }
}

/** Takes the file's value if YAML has none, otherwise compares the two. */
function takeOrCompare(
  adoption: Adoption,
  value: OwnValue,
  { file, instance }: OwnMember,
  { into, path }: { readonly into: Mapping; readonly path: Path },
): void {
  const { key, keywords, text } = value;
  const yaml = into[key];
  const own = value.of(instance);
  const span = file.at(instance.name, ...keywords);
  if (yaml === undefined) {
    if (own !== undefined) adoption.take(into, key, own, path, span);
  } else if (own === undefined ? key !== 'checksum' && key !== 'network' : !value.same(yaml, own))
    adoption.contradiction([...path, key], text(yaml), wordingOf(value, own), span);
}

/** What a file says: `priority 100`, `nopreempt`, `nothing of nopreempt`. */
function wordingOf({ keywords: [keyword = ''], when, says, text }: OwnValue, own: unknown): string {
  if (own === undefined) return `nothing of ${keyword}`;
  if (when === undefined) return says?.(own) ?? `${keyword} ${text(own)}`;
  return own === when ? keyword : `nothing of ${keyword}`;
}

/** YAML is silent and the files of two members differ: the second becomes a member that differs, if a member may. */
function compareMembers(
  adoption: Adoption,
  value: OwnValue,
  { file, instance }: OwnMember,
  { router, path, listed }: Router,
): void {
  const { key, level, keywords, text } = value;
  const own = value.of(instance);
  const first = router[key];
  const span: SourceSpan = file.at(instance.name, ...keywords);
  if (own === undefined && level === 'both') return;
  // The text, too: prefix lengths may differ although the addresses agree.
  if (own !== undefined && value.same(first, own) && text(first) === text(own)) return;
  if (level === 'both') {
    const member = listed[file.node] as Mapping;
    adoption.take(member, key, own, [...path, 'members', file.node], span);
    return;
  }
  const before = adoption.takenFrom([...path, key]);
  const other = before === undefined ? '' : ` of ${place(before)}`;
  const stated = own === undefined ? 'nothing' : text(own);
  const message = `${keywords[0]} is ${stated} here, and ${text(first)}${other}, in what should be one virtual router "${String(path.at(-1))}"`;
  const hint = 'Correct a file, or give the two names of their own under virtual_routers.';
  if (value.identifies === undefined) adoption.warn(span, message);
  else adoption.fail(span, message, hint);
}
