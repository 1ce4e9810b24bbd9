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
export function configOf(topology: Topology, { name: node }: Node): DaemonConfig {
  const isOwn = (member: Member): boolean => member.node === node;
  const routers = topology.virtualRouters.filter(({ members }) => members.some(isOwn));
  const instances = routers.flatMap((router) =>
    router.members.filter(isOwn).map((member) => instanceOf(topology, router, member)),
  );
  const virtualServers = topology.virtualServers
    .filter((server) => server.routers.includes(node))
    .map(virtualServerOf);
  return {
    ...plainConfig(instances, { routerId: node, vrrpVersion: 3 }),
    scripts: scriptsOf(routers),
    syncGroups: topology.syncGroups
      .filter(({ members }) => members.every((name) => named(routers, name) !== undefined))
      .map((group) => ({
        ...group,
        trackInterfaces: [],
        tracks: [],
        memberWeights: false,
        notify: { ...FEATURE_DEFAULTS.notify },
      })),
    check: { ...NO_CHECKS, virtualServers },
  };
}

function instanceOf(topology: Topology, router: VirtualRouter, member: Member): VrrpInstanceConfig {
  const { priority } = member;
  return {
    ...FEATURE_DEFAULTS,
    name: router.name,
    state: priority === 255 ? 'MASTER' : 'BACKUP',
    interface: router.network,
    vrid: router.vrid,
    version: router.version,
    family: router.family,
    authentication: router.authentication,
    priority,
    preempt: member.preempt,
    preemptDelay: member.preemptDelay,
    accept: member.accept,
    checksum: member.checksum,
    advertInterval: member.advertInterval ?? router.advertInterval,
    addresses: member.addresses ?? router.addresses,
    ...speaking(topology, router, member),
    profile: 'rfc9568',
    tracks: router.track.map(({ name, weight }) => ({
      kind: 'script',
      name,
      weight: { value: weight, reverse: false },
    })),
    notify: {
      ...FEATURE_DEFAULTS.notify,
      ...(router.notify && { any: { argv: [NOTIFY_SCRIPT], user: undefined } }),
    },
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
