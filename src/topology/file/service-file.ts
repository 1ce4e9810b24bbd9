/** Services, tracked scripts and sync groups of a topology file: names resolved, defaults filled in. */
import { milliseconds } from '../../time.ts';
import type { ScriptTrack, Service, VirtualServer } from '../service.ts';
import { type Node, named, type SyncGroup, type VirtualRouter } from '../topology.ts';
import {
  PROTOCOLS,
  type ServicesText,
  type SyncGroupsText,
  type TrackText,
} from './service-schema.ts';
import type { Report } from './topology-issues.ts';

/** Shortest interval of scripts and checks; shorter ones only use up the processor. */
export const SHORTEST = milliseconds(10);

/** The hint for a timeout of 0. */
export const TIME = 'Give it some time, such as 500ms.';

export function readServices(text: ServicesText | undefined, report: Report): Service[] {
  const seen = new Map<number, string>();
  return Object.entries(text ?? {}).map(([name, service]) => {
    const port = typeof service === 'number' ? service : service.port;
    const named = PROTOCOLS.find((protocol) => protocol === name);
    const protocol =
      (typeof service === 'number' ? undefined : service.protocol) ?? named ?? 'http';
    const other = seen.get(port);
    if (other !== undefined) report.error([name], `port ${port} is taken already: by "${other}"`);
    seen.set(port, name);
    return { name, protocol, port };
  });
}

/** `ownScripts`: scripts of a user's configuration. */
export function readTrack(
  text: TrackText | undefined,
  ownScripts: readonly string[],
  report: Report,
): ScriptTrack[] {
  return Object.entries(text ?? {}).map(([name, script]) => {
    const every = script.every ?? milliseconds(500);
    if (every < SHORTEST) report.error([name, 'every'], 'a script runs every 10ms or more');
    if (script.timeout === 0)
      report.error([name, 'timeout'], 'a script that has no time always fails', TIME);
    return {
      name,
      isOwn: ownScripts.includes(name),
      service: script.service,
      every,
      timeout: script.timeout ?? every,
      rise: script.rise ?? 1,
      fall: script.fall ?? 1,
      weight: script.weight ?? 0,
    };
  });
}

/** A name means one script, and a tracked service must exist on the members. */
export function checkTracks(
  routers: readonly VirtualRouter[],
  nodes: readonly Node[],
  report: Report,
): void {
  const seen = new Map<string, { readonly router: string; readonly text: string }>();
  for (const { name: router, track, members } of routers) {
    const own = nodes.filter(({ name }) => members.some(({ node }) => node === name));
    for (const script of track) {
      const path = ['virtual_routers', router, 'track', script.name];
      const text = settings(script);
      const other = seen.get(script.name);
      if (other !== undefined && other.text !== text)
        report.error(
          path,
          `script "${script.name}" is another one in "${other.router}": a name stands for one script`,
          'Give it another name, or the same settings.',
        );
      seen.set(script.name, { router, text });
      const idle = own.find(
        ({ services, config }) =>
          config === undefined &&
          script.service !== undefined &&
          !services.some(({ port }) => port === script.service),
      );
      if (idle !== undefined)
        report.error(
          [...path, 'service'],
          `"${idle.name}" serves nothing on port ${script.service}: the script would always fail`,
          `Give it services: { http: ${script.service} }.`,
        );
    }
  }
}

/** Without the weight, which may differ between the uses of a script. */
function settings({ weight, ...script }: ScriptTrack): string {
  return JSON.stringify(script);
}

export function readSyncGroups(
  text: SyncGroupsText | undefined,
  routers: readonly VirtualRouter[],
  report: Report,
): SyncGroup[] {
  const taken = new Map<string, string>();
  return Object.entries(text ?? {}).map(([name, members]) => {
    for (const [i, member] of members.entries()) {
      const path = ['sync_groups', name, i];
      if (named(routers, member) === undefined)
        report.unknown(path, 'virtual router', member, routers);
      const other = taken.get(member);
      if (other !== undefined)
        report.error(path, `"${member}" is in sync group "${other}" already`);
      taken.set(member, name);
    }
    checkBound(name, members, routers, report);
    return { name, members };
  });
}

/** The virtual routers of a group must have a router in common. */
function checkBound(
  name: string,
  members: readonly string[],
  routers: readonly VirtualRouter[],
  report: Report,
): void {
  const found = routers.filter((router) => members.includes(router.name));
  const [first, ...others] = found.map((router) => router.members.map(({ node }) => node));
  if (found.length < new Set(members).size || first === undefined) return;
  if (!first.some((node) => others.every((nodes) => nodes.includes(node))))
    report.error(
      ['sync_groups', name],
      `no router is a member of all of ${members.join(', ')}: the group binds nothing`,
      'Put virtual routers together that have a router in common.',
    );
}

/** Gives web nodes of a pool the services that the pool needs. */
export function withPoolServices(
  nodes: readonly Node[],
  servers: readonly VirtualServer[],
): Node[] {
  const asked = servers.flatMap(({ pool, sorry = [], protocol, check }) => {
    const web = check?.type === 'https' ? 'https' : 'http';
    const speaks = protocol === 'UDP' ? 'udp' : web;
    return [pool, sorry]
      .flat()
      .map(({ node, port }) => ({ node, port, protocol: speaks }) as const);
  });
  return nodes.map((node) => {
    const services = [...node.services];
    for (const { node: name, port, protocol } of asked)
      if (name === node.name && !services.some((service) => service.port === port))
        services.push({ name: `${protocol}-${port}`, protocol, port });
    return node.role === 'web' ? { ...node, services } : node;
  });
}
