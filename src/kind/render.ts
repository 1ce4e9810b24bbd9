/** The configuration that a topology means for a router. */
import { virtualMac } from '../engine/conf/vmac.ts';
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  type HmacConfig,
  plainConfig,
  type VrrpInstanceConfig,
} from '../engine/core/config.ts';
import { NO_CHECKS } from '../engine/core/config-check.ts';
import type { VrrpScriptConfig } from '../engine/core/config-track.ts';
import { type Micros, seconds } from '../time.ts';
import {
  addressOn,
  type Member,
  type Node,
  named,
  peersOf,
  type Topology,
  type VirtualRouter,
} from '../topology/topology.ts';
import { CHECK_SCRIPT, CHECK_SERVICE, NOTIFY_SCRIPT } from './lab-scripts.ts';
import { virtualServerOf } from './render-servers.ts';

/** With a vrrp_instance, named after the virtual router, for each that the node is a member of. */
export function configOf(topology: Topology, node: Node): DaemonConfig {
  const instances = topology.virtualRouters.flatMap((router): VrrpInstanceConfig[] => {
    const member = router.members.find((candidate) => candidate.node === node.name);
    if (member === undefined) return [];
    return [
      {
        ...FEATURE_DEFAULTS,
        name: router.name,
        state: member.priority === 255 ? 'MASTER' : 'BACKUP',
        interface: router.network,
        vrid: router.vrid,
        priority: member.priority,
        advertInterval: member.advertInterval ?? router.advertInterval,
        version: router.version,
        family: router.family,
        preempt: member.preempt,
        preemptDelay: member.preemptDelay,
        accept: member.accept,
        addresses: member.addresses ?? router.addresses,
        authentication: router.authentication,
        ...speaking(topology, router, member),
        profile: 'rfc9568',
        checksum: member.checksum,
        tracks: router.track.map(({ name, weight }) => ({
          kind: 'script',
          name,
          weight: { value: weight, reverse: false },
        })),
        notify: {
          ...FEATURE_DEFAULTS.notify,
          ...(router.notify && { any: { argv: [NOTIFY_SCRIPT], user: undefined } }),
        },
      },
    ];
  });
  const plain = plainConfig(instances, { routerId: node.name, vrrpVersion: 3 });
  const own = topology.virtualRouters.filter(({ name }) =>
    instances.some((instance) => instance.name === name),
  );
  const virtualServers = topology.virtualServers
    .filter(({ routers }) => routers.includes(node.name))
    .map(virtualServerOf);
  return {
    ...plain,
    scripts: scriptsOf(own),
    syncGroups: topology.syncGroups
      .filter(({ members }) => members.every((member) => own.some(({ name }) => name === member)))
      .map(({ name, members }) => ({
        name,
        members,
        trackInterfaces: [],
        tracks: [],
        memberWeights: false,
        notify: { ...FEATURE_DEFAULTS.notify },
      })),
    check: { ...NO_CHECKS, virtualServers },
  };
}

/** Settings that differ from plain multicast with the interface's own MAC. */
function speaking(
  topology: Topology,
  router: VirtualRouter,
  member: Member,
): Partial<VrrpInstanceConfig> {
  const { network, family, vrid, hmac, advertInterval } = router;
  const { nodes, virtualRouters } = topology;
  return {
    hmac: hmac === undefined ? undefined : hmacOf(hmac, member.advertInterval ?? advertInterval),
    ...(router.unicast === true && {
      unicast: {
        peers: peersOf(router, member, nodes).map((address) => ({
          address,
          minTtl: undefined,
          maxTtl: undefined,
        })),
        ttl: 255,
        checkSource: false,
        faultNoPeer: false,
      },
      source: addressOn(named(nodes, member.node), network, family),
    }),
    ...(router.useVmac === true && {
      vmac: {
        // The same VRID may be used on several networks.
        interface: `vrrp${family}-${vrid}-${virtualRouters.indexOf(router)}`,
        transmitOnBase: router.unicast === true,
        mac: virtualMac(vrid, family),
        ipvlan: undefined,
      },
    }),
  };
}

/** keepalived's defaults: one key, enforced, a time window of three intervals, at least 5 s. */
function hmacOf(source: string, interval: Micros): HmacConfig {
  const hex = source.startsWith('hex:')
    ? source.slice('hex:'.length)
    : Buffer.from(source, 'latin1').toString('hex');
  const window = seconds(Math.min(300, Math.max(3 * Math.floor(interval / 1_000_000), 5)));
  const keys = [{ id: 1, source, hex }];
  return { keys, activeKey: 1, antiReplay: 'time', timeWindow: window, mode: 'enforce' };
}

/** A script for each name, however many virtual routers track it. */
function scriptsOf(routers: readonly VirtualRouter[]): VrrpScriptConfig[] {
  const byName = new Map(
    routers.flatMap(({ track }) => track.map((script) => [script.name, script])),
  );
  return [...byName.values()].map(({ name, service, every, timeout, rise, fall, weight }) => ({
    name,
    command: {
      argv: service === undefined ? [CHECK_SCRIPT, name] : [CHECK_SERVICE, String(service)],
      user: undefined,
    },
    interval: every,
    timeout,
    rise,
    fall,
    weight: { value: weight, reverse: false },
    initFail: false,
  }));
}
