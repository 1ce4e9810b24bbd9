/** Faults of adverts: filtered, or forged over a raw socket of the agent's own. */
import type { FaultOf } from '../../fault/faults.ts';
import { type Forgery, forgedPacket } from '../../fault/forge.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { openRouteSocket } from '../../linux/route-socket.ts';
import { openVrrpSocket } from '../../linux/vrrp-socket.ts';
import { type Family, family, type IpAddress } from '../../net/address.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { until } from '../wait.ts';
import type { Actions } from './actions.ts';
import { chain, dropAtDevices, filterActions, type Table } from './filter.ts';

type Block = FaultOf<'vrrp.block'>;
type Lose = FaultOf<'vrrp.lose'>;

/** Forgers that run, by the id of their fault: each is a function that stops it. */
const forgers = new Map<string, () => void>();

export const VRRP_FAULTS = {
  'vrrp.block': filterActions(blockRules, ({ from }: Block) =>
    from === undefined ? 'packets of protocol 112' : `packets of protocol 112 from ${from.node}`,
  ),
  'vrrp.lose': filterActions(loseRules, ({ count }: Lose) => `of the next ${count} adverts`),
  'vrrp.forge': {
    apply: async ({ id, fault: { forgery }, at }) => {
      await until(at);
      const stamp = monotonicNow();
      const problem = startForger(id, forgery);
      return problem === undefined
        ? { ok: true, at: stamp, evidence: `adverts in the name of VRID ${forgery.vrid} are sent` }
        : { ok: false, error: problem };
    },
    undo: ({ id }) => {
      forgers.get(id)?.();
      forgers.delete(id);
      return { ok: true };
    },
  } satisfies Actions<FaultOf<'vrrp.forge'>>,
};

/** `mode: reject` drops adverts in the output hook, where the kernel reports an error to the sender (EPERM). */
export function blockRules({ mode, from, direction }: Block, devices: readonly string[]): Table {
  return mode === 'reject'
    ? { family: 'inet', chains: REFUSED_ADVERTS }
    : dropAtDevices(adverts(from?.addresses), direction, devices);
}

/** Before every other chain of the node, so that it counts each of its adverts. */
const REFUSED_ADVERTS = `  chain leaving {
    type filter hook output priority raw; policy accept;
    meta l4proto 112 counter drop
  }`;

/** The last packet of the range of `numgen`: no fault lasts until it restarts. */
const NEVER = 2 ** 31 - 1;

/**
 * Drops exactly the first `count` packets that reach the rule of `lose`. The chains stand behind those of every block:
 * an advert that a block drops is none of the lost ones.
 */
export function loseRules({ from, count }: Lose, devices: readonly string[]): Table {
  const rule = `numgen inc mod ${NEVER} < ${count} counter drop`;
  const packets = adverts(from.addresses);
  const arriving = devices.map((device, i) =>
    chain(`ingress${i}`, { hook: 'ingress', device, priority: 1 }, packets, 'jump lose'),
  );
  return {
    family: 'netdev',
    chains: [`  chain lose {\n    ${rule}\n  }`, ...arriving].join('\n'),
  };
}

/** Packets of protocol 112 from these senders; undefined: from every sender. */
function adverts(senders: readonly IpAddress[] | undefined): string[] {
  if (senders === undefined) return ['ip protocol 112', 'ip6 nexthdr 112'];
  const of = (which: Family): string =>
    senders.filter((sender) => family(sender) === which).join(', ');
  return [
    ...(of(4) === '' ? [] : [`ip protocol 112 ip saddr { ${of(4)} }`]),
    ...(of(6) === '' ? [] : [`ip6 nexthdr 112 ip6 saddr { ${of(6)} }`]),
  ];
}

/** Answers why the first advert did not go out. */
function startForger(id: string, forgery: Forgery): string | undefined {
  const routes = openRouteSocket();
  const link = routes.listLinks().find(({ name }) => name === forgery.network);
  routes.close();
  if (link === undefined) return `there is no interface ${forgery.network}`;
  const socket = openVrrpSocket({
    interface: link.name,
    ifindex: link.ifindex,
    family: 4,
    use: 'vrrp',
    groups: [],
    to: undefined,
    limits: [],
    onPacket: () => {},
  });
  const { message, ttl } = forgedPacket(forgery);
  const to = { source: forgery.source, destination: VRRP_GROUP[4], ttl };
  let left = forgery.count ?? Number.POSITIVE_INFINITY;
  const send = (): string | undefined => {
    if (--left <= 0) clearInterval(timer);
    return socket.send(message, to);
  };
  const timer = setInterval(send, forgery.every / 1_000);
  forgers.set(id, () => {
    clearInterval(timer);
    socket.close();
  });
  return send();
}
