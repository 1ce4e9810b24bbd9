/** How each fault is applied to a simulated election and undone, and why the other faults are not simulated exactly. */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { type FamilyOf, familyOf, type Refusals } from '../../fault/capability.ts';
import type { FaultKind, FaultOf } from '../../fault/faults.ts';
import { type Forgery, forgedPacket } from '../../fault/forge.ts';
import { ip } from '../../net/address.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { type Instant, type Micros, plus } from '../../time.ts';
import type { ExactFault } from './case.ts';
import type { CheckStage, Checks } from './checks.ts';
import type { Member } from './member.ts';
import type { Network } from './network.ts';
import { INTERFACE } from './profile.ts';

export interface FaultStage extends CheckStage {
  readonly network: Network;
  readonly checks: Checks;
  /** The index of a node's router; -1: it has none. */
  routerOn(node: string): number;
  /** The router reads its configuration again. `priority`: [that of the case]. */
  reconfigured(at: Instant, router: number, priority: number | undefined): void;
}

/** Its time and its router. */
interface Strike {
  readonly at: Instant;
  /** How long it lasts; 0: it is not limited. */
  readonly lasts: Micros;
  readonly member: Member;
  readonly stage: FaultStage;
}

/** The undo of a fault. `once`: already over; `nothing`: no effect. */
export type Undo = ((at: Instant) => void) | 'once' | 'nothing';

export interface ExactActions<F> {
  apply(fault: F, strike: Strike): Undo;
  /** Why it cannot be simulated with these parameters. */
  refuses?(fault: F): string | undefined;
}

type ExactKind = ExactFault['kind'];

export const EXACT_FAULTS: {
  readonly [K in ExactKind]: ExactActions<Extract<ExactFault, { readonly kind: K }>>;
} = {
  'node.kill': {
    apply: (_, { at, member }) =>
      member.process.kill(at) ? (then) => member.start(then) : 'nothing',
  },
  'node.stop': {
    apply: (_, { at, member }) => (member.stop(at) ? (then) => member.start(then) : 'nothing'),
  },
  'process.pause': {
    apply: (_, { at, member }) => (member.pause(at) ? (then) => member.resume(then) : 'nothing'),
  },
  'process.reload': {
    apply: ({ priority }, { at, member: { index }, stage }) => {
      stage.reconfigured(at, index, priority);
      return (then) => stage.reconfigured(then, index, undefined);
    },
  },
  'process.slow': {
    apply: ({ by }, { member }) => {
      member.clock.slow += by;
      return (then) => {
        member.clock.slow -= by;
        member.arm(then);
      };
    },
  },
  'clock.step': {
    apply: ({ by }, { at, member, stage }) => {
      stage.listener.change(at, { kind: 'wall-clock', router: member.index });
      // Only signatures look at the wall clock.
      member.later(at, () => ({ kind: 'clock', utc: at + by }));
      return 'once';
    },
  },
  'link.down': {
    apply: (_, { at, member }) => {
      if (!member.linkUp) return 'nothing';
      member.link(at, false);
      return (then) => member.link(then, true);
    },
  },
  'vrrp.block': {
    apply: (fault, strike) => cut(blockedPaths(fault, strike), strike),
    refuses: ({ mode }) =>
      mode === undefined ? undefined : 'its adverts are lost on the way only, mode: drop',
  },
  'vrrp.lose': {
    apply: ({ from, count }, { lasts, member, stage }) => {
      const sender = stage.routerOn(from.node);
      if (sender < 0 || sender === member.index) return 'nothing';
      stage.network.lose(sender, member.index, count);
      // Without an end it is over when they are lost.
      return lasts === 0 ? 'once' : () => stage.network.spare(sender, member.index);
    },
  },
  'vrrp.forge': {
    apply: ({ forgery }, { at, lasts, member, stage }) => {
      const packet = badPacket(forgery);
      const until = plus(at, lasts);
      const send = (now: Instant): void => {
        member.garbage(now, packet);
        const next = plus(now, forgery.every);
        if (next < until) stage.plan(next, send);
      };
      send(at);
      return () => undefined;
    },
    refuses: ({ forgery: { defect } }) =>
      defect === undefined ? 'it simulates forged adverts with a defect only' : undefined,
  },
  'check-script.fail': {
    apply: (_, { at, member: { index }, stage: { checks } }) => {
      checks.broken(index, 1, at);
      return (then) => checks.broken(index, -1, then);
    },
  },
};

/** No router of the case sends from it. */
export const STRANGER = ip('10.99.0.254');
/** No router of a case has it. The defect `vrid` adds one. */
const UNUSED_VRID = 199;

/** A forged advert with a defect: one that every router must refuse. */
function badPacket(forgery: Forgery): Extract<VrrpInput, { kind: 'packet' }> {
  const vrid = forgery.defect === 'vrid' ? UNUSED_VRID : forgery.vrid;
  return {
    kind: 'packet',
    interface: INTERFACE,
    family: 4,
    source: STRANGER,
    destination: VRRP_GROUP[4],
    ...forgedPacket({ ...forgery, source: STRANGER, vrid }),
  };
}

const NO_SERVICE = 'an election has no servers and no clients that ask them';

/** Why the other faults of a family are not simulated exactly. */
const NOT_SIMULATED: Readonly<Record<FamilyOf<Exclude<FaultKind, ExactKind>>, string>> = {
  process: 'a router is one process without a parent: use node.kill',
  'check-script': 'its tracked script takes the time that simulation.check says',
  port: NO_SERVICE,
  icmp: NO_SERVICE,
  service: NO_SERVICE,
  tls: NO_SERVICE,
};

export function isExact(kind: FaultKind): kind is ExactKind {
  return kind in EXACT_FAULTS;
}

export const exactRefusals: Refusals = (kind) =>
  isExact(kind) ? undefined : NOT_SIMULATED[familyOf(kind)];

type Path = readonly [from: number, to: number];

function blockedPaths(
  { direction, from }: FaultOf<'vrrp.block'>,
  { member: { index }, stage }: Strike,
): Path[] {
  const all = stage.members.map((member) => member.index);
  const senders = from === undefined ? all : [stage.routerOn(from.node)];
  const inward = senders.map((sender): Path => [sender, index]);
  const outward = all.map((receiver): Path => [index, receiver]);
  const paths = [...(direction === 'out' ? [] : inward), ...(direction === 'in' ? [] : outward)];
  return paths.filter(([sender, receiver]) => sender >= 0 && sender !== receiver);
}

function cut(paths: readonly Path[], { at, stage }: Strike): Undo {
  if (paths.length === 0) return 'nothing';
  const turn = (now: Instant, by: 1 | -1): void => {
    for (const [from, to] of paths) {
      if (stage.network.cut(from, to, by))
        stage.listener.change(now, { kind: 'reach', from, to, reaches: by < 0 });
    }
  };
  turn(at, 1);
  return (then) => turn(then, -1);
}
