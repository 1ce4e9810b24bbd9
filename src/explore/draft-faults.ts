/**
 * The faults of a draft: small whole numbers, of which 0 is always the plainest choice, and their meaning. Times are
 * multiples of the case's own interval, near the edges of its timers.
 */
import fc from 'fast-check';
import { DEFECTS, type Defect } from '../fault/forge.ts';
import type { Peer } from '../fault/path.ts';
import {
  type CheckSpec,
  type ExactFault,
  type FaultSpec,
  type NetworkSpec,
  nodeName,
  type RouterSpec,
} from '../sim/election/case.ts';
import { STRANGER } from '../sim/election/faults.ts';
import { addressOf, INTERFACE, SCRIPT, virtualAddress } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';

/** The plainest first; elections go wrong at equal, adjacent and extreme priorities. */
export const PRIORITIES = [100, 101, 200, 150, 254, 253, 1, 2, 99, 50, 255] as const;
/** Start after the previous fault, and duration, in intervals: near one, near the down interval and its edges. */
const AFTER = [0, 0.1, 0.5, 1, 2, 3, 3.3, 4, 5, 8, 12] as const;
const LASTS = [0.3, 1, 2, 2.5, 2.9, 3, 3.2, 3.5, 4, 5, 8, 12] as const;
/** Distances from an edge, in units of the network's slowest delivery. */
const OFFSETS = [0, 1, -1, 2, -2, 0.5, -0.5] as const;

export type FaultDraft =
  ReturnType<typeof faultArbitrary> extends fc.Arbitrary<infer D> ? D : never;

/** Better than every router but an owner. */
const FORGED_PRIORITY = 254;
/** Version 3 has no authentication type, version 2 allows an advert without addresses. */
const DEFECTS_OF: Readonly<Record<2 | 3, readonly Defect[]>> = {
  2: DEFECTS.filter((defect) => defect !== 'count'),
  3: DEFECTS.filter((defect) => defect !== 'auth-type'),
};

/** The target of a drafted fault. */
export interface Cluster {
  readonly routers: readonly RouterSpec[];
  readonly network: NetworkSpec;
  readonly check: CheckSpec | undefined;
  /** The advert interval of the case. */
  readonly unit: Micros;
  readonly version: 2 | 3;
}

/** Sends only from its own address. */
function peerOf(router: number): Peer {
  return { node: nodeName(router), addresses: [addressOf(router)] };
}

/** Nothing that `from` sends reaches `to`. */
function blocked(from: number, to: number): ExactFault {
  return { kind: 'vrrp.block', node: nodeName(to), direction: 'in', from: peerOf(from) };
}

/** The next `count` adverts that `from` sends do not reach `to`. */
export function lost(from: number, to: number, count: number): ExactFault {
  return { kind: 'vrrp.lose', node: nodeName(to), from: peerOf(from), count };
}

/** Bit i of `side`: router i is on the other side. `oneWay`: only the way from that side is blocked. */
function split(side: number, oneWay: boolean, size: number): ExactFault[] {
  const paths: ExactFault[] = [];
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      const [a, b] = [(side >> from) & 1, (side >> to) & 1];
      if (a !== b && (!oneWay || a === 1)) paths.push(blocked(from, to));
    }
  return paths;
}

/** Twice an interval: an advert better than any but an owner's, which must be refused. */
function forged(router: number, defect: Defect, { routers, version }: Cluster): ExactFault {
  const interval = routers[router]?.interval ?? micros(1_000_000);
  const forgery = {
    network: INTERFACE,
    source: STRANGER,
    version,
    vrid: 1,
    priority: FORGED_PRIORITY,
    interval,
    addresses: [virtualAddress(0)],
    every: micros(interval / 2),
    defect,
  };
  return { kind: 'vrrp.forge', node: nodeName(router), forgery };
}

/** `node`: of the router `a`. */
type Family = (node: string, draft: FaultDraft, cluster: Cluster) => readonly ExactFault[];

const scriptFails: Family = (node) => [{ kind: 'check-script.fail', node, script: SCRIPT }];

/** Faults, in families; the order is part of a draft's meaning. */
const FAMILIES: readonly Family[] = [
  (node) => [{ kind: 'node.kill', node }],
  (node) => [{ kind: 'node.stop', node }],
  (_, { a, b }, { routers: { length } }) => [blocked(a % length, b % length)],
  (_, { a, b }, { routers: { length } }) =>
    split((1 + a * 8 + b) % 2 ** length, b % 2 === 1, length),
  (_, { a, b, for: c }, { routers: { length } }) => [lost(a % length, b % length, 1 + (c % 4))],
  (node) => [{ kind: 'process.pause', node, process: 'all' }],
  (node) => [{ kind: 'link.down', node, network: INTERFACE }],
  scriptFails,
  (node, { b }) => [{ kind: 'process.reload', node, priority: PRIORITIES[b % 10] ?? 100 }],
  (node, { b }, { unit }) => [{ kind: 'process.slow', node, by: micros((unit * (1 + b)) / 20) }],
  (node) => [{ kind: 'clock.step', node, by: micros(3_600_000_000) }],
  (_, { a, b, for: c }, cluster) => {
    const defects = DEFECTS_OF[cluster.version];
    const defect = defects[(b + c) % defects.length] ?? 'ttl';
    return [forged(a % cluster.routers.length, defect, cluster)];
  },
];
export const EVERY_FAMILY = 2 ** FAMILIES.length - 1;

/** Indexes of routers are taken modulo the cluster's size. */
const MOST_INDEX = 6;

/** Objects with a prototype. */
export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

export function faultArbitrary() {
  return record({
    kind: fc.nat(FAMILIES.length - 1),
    a: fc.nat(MOST_INDEX),
    b: fc.nat(MOST_INDEX),
    after: fc.nat(AFTER.length - 1),
    edge: fc.nat(2),
    offset: fc.nat(OFFSETS.length - 1),
    for: fc.nat(LASTS.length - 1),
  });
}

/** Bit i of `families`: faults of family i may happen. */
export function faultsOf(
  drafts: readonly FaultDraft[],
  families: number,
  cluster: Cluster,
): FaultSpec[] {
  const { routers, network, check, unit } = cluster;
  return drafts.flatMap((draft): FaultSpec[] => {
    const family = FAMILIES[draft.kind];
    const allowed = ((families >> draft.kind) & 1) === 1;
    if (!allowed || family === undefined || (check === undefined && family === scriptFails))
      return [];
    const offset = micros(network.delayMost * (OFFSETS[draft.offset] ?? 0));
    const timer = draft.edge === 1 ? 'down' : 'advert';
    return [
      {
        after: micros(unit * (AFTER[draft.after] ?? 0)),
        edge: draft.edge === 0 ? undefined : { timer, router: draft.b % routers.length, offset },
        for: micros(unit * (LASTS[draft.for] ?? 1)),
        faults: family(nodeName(draft.a % routers.length), draft, cluster),
      },
    ];
  });
}
