/**
 * What is judged comes from the file that runs. What YAML leaves out of a virtual router is taken from the
 * configurations of the user's own; where the two contradict each other, both places are shown.
 */

import type { SourceIssue } from '../errors.ts';
import type { Adopted, Extras } from '../topology/adopted.ts';
import type { ConfigFiles } from '../topology/file/config-files.ts';
import type { TopologyText } from '../topology/file/topology-schema.ts';
import { engineOf } from '../topology/node-engine.ts';
import type { Path, SourceSpan, YamlSource } from '../topology/yaml/yaml-source.ts';
import { type OwnFile, readOwnFile } from './own-file.ts';
import { type Matched, matchInstances, type OwnMember } from './own-match.ts';
import { compareGroups, compareServers } from './own-others.ts';
import { adoptTracks } from './own-tracks.ts';
import { OWN_VALUES, type OwnValue } from './own-values.ts';

type Mapping = Record<string, unknown>;

export function adoptConfigs(
  text: TopologyText,
  source: YamlSource,
  configs: ReadonlyMap<string, ConfigFiles>,
): Adopted {
  const files = [...configs].map(([node, one]) => {
    return readOwnFile(node, engineOf(text.nodes[node]?.engine), one);
  });
  const adoption = new Adoption(text, source);
  adoption.issues.push(...files.flatMap(({ issues }) => issues));
  const matched = matchInstances(text, files);
  for (const [name, members] of matched.members) adoption.router(name, members);
  adoption.unmatched(matched);
  compareGroups(adoption, matched, files);
  compareServers(adoption, files);
  return adoption.result(balancing(files));
}

function balancing(files: readonly OwnFile[]): Set<string> {
  const own = files.filter(({ config }) => config.check.virtualServers.length > 0);
  return new Set(own.map(({ node }) => node));
}

/** A topology's text as files are put into it. */
export class Adoption {
  readonly issues: SourceIssue[] = [];
  readonly text: TopologyText;
  readonly source: YamlSource;
  private readonly extras = new Map<string, Extras>();
  /** Where what was taken stands, by path. */
  private readonly taken = new Map<string, SourceSpan>();

  constructor(text: TopologyText, source: YamlSource) {
    this.text = structuredClone(text);
    this.source = source;
  }

  router(name: string, members: readonly OwnMember[]): void {
    const [first] = members;
    if (first === undefined) return;
    const path = ['virtual_routers', name];
    const whole = first.file.at(first.instance.name);
    const routers = this.mapping(this.text, 'virtual_routers', ['virtual_routers'], whole);
    const router = this.mapping(routers, name, path, whole);
    const listed = this.mapping(router, 'members', [...path, 'members'], whole);
    for (const { file, instance } of members)
      this.mapping(listed, file.node, [...path, 'members', file.node], file.at(instance.name));
    for (const value of OWN_VALUES)
      if (value.level === 'member') this.ofMembers(value, listed, path, members);
      else this.ofRouter(value, { router, listed, path, members });
    const ownScripts = adoptTracks(this, router, path, members);
    const { downTimerAdverts: downAdverts } = first.instance;
    for (const { file, instance } of members)
      if (instance.downTimerAdverts !== downAdverts)
        this.warn(
          file.at(instance.name, 'down_timer_adverts', 'vrrp_down_timer_adverts'),
          `down_timer_adverts ${instance.downTimerAdverts} differs from that of "${first.file.node}": judged by ${downAdverts}`,
        );
    const instances = members.map(({ file, instance }) => [file.node, instance.name] as const);
    this.extras.set(name, { downAdverts, ownScripts, instances: new Map(instances) });
  }

  unmatched({ lacking, elsewhere }: Matched): void {
    for (const { router, file } of lacking) {
      const there = file.instances.map(
        ({ name, vrid, interface: on }) => `${name} (virtual_router_id ${vrid} on ${on})`,
      );
      this.fail(
        ['virtual_routers', router, 'members', file.node],
        `"${file.node}" is a member of "${router}", but its file ${place(file.start)} has no vrrp_instance for it`,
        `There ${there.length === 1 ? 'is' : 'are'}: ${there.join(', ') || 'none'}. Name the virtual router after its instance, or take the member out.`,
        'key',
      );
    }
    for (const { file, instance } of elsewhere)
      this.warn(
        file.at(instance.name, 'interface'),
        `${instance.name} is on "${instance.interface}", which is no network of "${file.node}" here: it is not judged`,
        `Networks are named after interfaces: add ${instance.interface} to the topology, and to attach of "${file.node}".`,
      );
  }

  /** YAML says one thing and the file another. */
  contradiction(path: Path, yaml: string, says: string, at: SourceSpan): void {
    const key = String(path.at(-1));
    this.fail(
      path,
      `${key} ${yaml} contradicts ${place(at)}, which says ${says}: the file is what runs`,
      `Correct one of them, or leave ${key} out here: what the file says is then taken.`,
    );
  }

  fail(path: Path, message: string, hint: string, key?: 'key'): void {
    const span = key === undefined ? this.source.span(path) : this.source.keySpan(path);
    const { file, line, column } = span;
    this.issues.push({ file, line, column, severity: 'error', message, hint });
  }

  warn(at: SourceSpan, message: string, hint?: string): void {
    const { file, line, column } = at;
    const more = hint === undefined ? {} : { hint };
    this.issues.push({ file, line, column, severity: 'warning', message, ...more });
  }

  take(into: Mapping, key: string, value: unknown, path: Path, at: SourceSpan): void {
    into[key] = value;
    this.taken.set(keyOf([...path, key]), at);
  }

  result(balancing: ReadonlySet<string>): Adopted {
    const find = (path: Path): SourceSpan | undefined => {
      for (let length = path.length; length > 0; length--) {
        const found = this.taken.get(keyOf(path.slice(0, length)));
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const { text, source, issues, extras } = this;
    return {
      text,
      source: {
        ...source,
        span: (path) => find(path) ?? source.span(path),
        keySpan: (path) => find(path) ?? source.keySpan(path),
      },
      isForeign: (path) => find(path) !== undefined,
      issues,
      extras,
      balancing,
    };
  }

  /** The mapping at a key, made if YAML has none. */
  private mapping(into: Mapping, key: string, path: Path, at: SourceSpan): Mapping {
    if (into[key] === undefined) this.take(into, key, {}, path.slice(0, -1), at);
    return into[key] as Mapping;
  }

  private ofMembers(
    value: OwnValue,
    listed: Mapping,
    path: Path,
    members: readonly OwnMember[],
  ): void {
    for (const { file, instance } of members) {
      const member = listed[file.node] as Mapping;
      const at = [...path, 'members', file.node];
      this.held(value, member[value.key], [...at, value.key], { file, instance }, (own, span) =>
        this.take(member, value.key, own, at, span),
      );
    }
  }

  private ofRouter(
    value: OwnValue,
    {
      router,
      listed,
      path,
      members,
    }: { router: Mapping; listed: Mapping; path: Path; members: readonly OwnMember[] },
  ): void {
    const { key } = value;
    const written = router[key] !== undefined;
    for (const { file, instance } of members) {
      const member = listed[file.node] as Mapping;
      const inner = [...path, 'members', file.node];
      const mine = value.level === 'both' ? member[key] : undefined;
      const own = { file, instance };
      if (mine !== undefined) this.held(value, mine, [...inner, key], own, () => {});
      else if (written || router[key] === undefined)
        this.held(value, router[key], [...path, key], own, (taken, span) =>
          this.take(router, key, taken, path, span),
        );
      else this.differs(value, { router, member, path, inner }, own);
    }
  }

  /** Two files, and no word of YAML: the second is a member that differs, if it may. */
  private differs(
    value: OwnValue,
    { router, member, path, inner }: { router: Mapping; member: Mapping; path: Path; inner: Path },
    { file, instance }: OwnMember,
  ): void {
    const { key, keywords, text } = value;
    const own = value.of(instance);
    const first = router[key];
    const span = file.at(instance.name, ...keywords);
    if (own === undefined && value.level === 'both') return;
    if (own !== undefined && value.same(first, own) && sameText(value, first, own)) return;
    if (value.level === 'both') {
      this.take(member, key, own, inner, span);
      return;
    }
    const before = this.taken.get(keyOf([...path, key]));
    const other = before === undefined ? '' : ` of ${place(before)}`;
    const said = own === undefined ? 'nothing' : text(own);
    const message = `${keywords[0]} is ${said} here, and ${text(first)}${other}, in what should be one virtual router "${String(path.at(-1))}"`;
    if (value.identifies === undefined) this.warn(span, message);
    else {
      const { file: where, line, column } = span;
      const hint = 'Correct a file, or give the two names of their own under virtual_routers.';
      this.issues.push({ file: where, line, column, severity: 'error', message, hint });
    }
  }

  /** What YAML says is held against the file; what it leaves out is taken from there. */
  private held(
    value: OwnValue,
    yaml: unknown,
    path: Path,
    { file, instance }: OwnMember,
    take: (own: unknown, span: SourceSpan) => void,
  ): void {
    const own = value.of(instance);
    const span = file.at(instance.name, ...value.keywords);
    if (yaml === undefined) {
      if (own !== undefined) take(own, span);
      return;
    }
    const keyword = value.keywords[0] ?? '';
    if (own === undefined) {
      if (value.key !== 'checksum' && value.key !== 'network')
        this.contradiction(path, value.text(yaml), `nothing of ${keyword}`, span);
      return;
    }
    if (value.same(yaml, own)) return;
    this.contradiction(
      path,
      value.text(yaml),
      value.says?.(own) ?? `${keyword} ${value.text(own)}`,
      span,
    );
  }
}

/** Lengths of prefixes differ, for one, although the addresses agree. */
function sameText({ text }: OwnValue, one: unknown, two: unknown): boolean {
  return text(one) === text(two);
}

function keyOf(path: Path): string {
  return path.map(String).join('\n');
}

export function place({ file, line, column }: SourceSpan): string {
  return `${file}:${line}:${column}`;
}
