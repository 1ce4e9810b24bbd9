/**
 * A case as it is drawn: small whole numbers, of which 0 is always the plainest choice. `caseOf` gives them their
 * meaning. So shrinking is the same everywhere (towards 0, towards fewer), no draft is invalid, and times are multiples
 * of the case's own interval, near the edges of its timers.
 */
import { DEFECTS, type Defect } from '../fault/forge.ts';
import type { Peer } from '../fault/path.ts';
import type { ProfileName } from '../observe/election.ts';
import { STRANGER } from '../sim/election/bad-packet.ts';
import {
  type Case,
  type CheckSpec,
  type ExactFault,
  type FaultSpec,
  type NetworkSpec,
  nodeName,
  type RouterSpec,
} from '../sim/election/case.ts';
import { addressOf, INTERFACE, RULES, SCRIPT, virtualAddress } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';
import {
  AFTER,
  BURSTS,
  CLOCKS,
  COPIES,
  DELAYS,
  INTERVALS,
  LASTS,
  LATENESS,
  LOSSES,
  MOST_INTERVAL,
  MOST_INTERVAL_2,
  MOST_PREEMPT_DELAY,
  OFFSETS,
  PREEMPT_DELAYS,
  PRIORITIES,
  REFRESHES,
  SLOWER,
  STARTS,
  VERSION_2_INTERVALS,
  WEIGHTS,
} from './choices.ts';

export interface Draft {
  readonly interval: number;
  readonly routers: readonly RouterDraft[];
  /** Bit i: faults of family i may happen. */
  readonly families: number;
  readonly faults: readonly FaultDraft[];
  readonly network: NetworkDraft;
  /** 0: no tracked script. */
  readonly check: number;
  /** 1: two virtual routers in a sync group. */
  readonly group: number;
  /** 0: announcements are not refreshed. */
  readonly refresh: number;
  readonly seed: number;
}

export interface RouterDraft {
  readonly priority: number;
  /** 0: the case's interval; otherwise a slower one. */
  readonly slower: number;
  readonly nopreempt: number;
  readonly preemptDelay: number;
  readonly start: number;
  readonly clock: number;
}

export interface NetworkDraft {
  readonly delay: number;
  readonly lateness: number;
  readonly loss: number;
  readonly burst: number;
  readonly duplicate: number;
  readonly reorder: number;
}

export interface FaultDraft {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly after: number;
  readonly edge: number;
  readonly offset: number;
  readonly for: number;
}

/** Better than every router but an owner. */
const FORGED_PRIORITY = 254;
/** Version 3 has no authentication type, version 2 allows an advert without addresses. */
const DEFECTS_OF: Readonly<Record<2 | 3, readonly Defect[]>> = {
  2: DEFECTS.filter((defect) => defect !== 'count'),
  3: DEFECTS.filter((defect) => defect !== 'auth-type'),
};

/** What a drafted fault strikes. */
interface Cluster {
  readonly routers: readonly RouterSpec[];
  /** The advert interval of the case. */
  readonly unit: Micros;
  readonly version: 2 | 3;
}

/** Indexes of routers are taken modulo their number, so that a draft with fewer routers stays valid. */
function nodeOf(index: number, { routers }: Cluster): string {
  return nodeName(index % routers.length);
}

/** Sends only from its own address. */
export function peerOf(router: number): Peer {
  return { node: nodeName(router), addresses: [addressOf(router)] };
}

/** Nothing that `from` sends reaches `to`. */
function blocked(from: number, to: number): ExactFault {
  return { kind: 'vrrp.block', node: nodeName(to), direction: 'in', from: peerOf(from) };
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

type Family = (draft: FaultDraft, cluster: Cluster) => readonly ExactFault[];

const scriptFails: Family = ({ a }, cluster) => [
  { kind: 'check-script.fail', node: nodeOf(a, cluster), script: SCRIPT },
];

/** Faults, in families; the order is part of a draft's meaning. */
const FAMILIES: readonly Family[] = [
  ({ a }, cluster) => [{ kind: 'node.kill', node: nodeOf(a, cluster) }],
  ({ a }, cluster) => [{ kind: 'node.stop', node: nodeOf(a, cluster) }],
  ({ a, b }, { routers: { length } }) => [blocked(a % length, b % length)],
  ({ a, b }, { routers: { length } }) => split((1 + a * 8 + b) % 2 ** length, b % 2 === 1, length),
  ({ a, b, for: count }, cluster) => [
    {
      kind: 'vrrp.lose',
      node: nodeOf(b, cluster),
      from: peerOf(a % cluster.routers.length),
      count: 1 + (count % 4),
    },
  ],
  ({ a }, cluster) => [{ kind: 'process.pause', node: nodeOf(a, cluster), process: 'all' }],
  ({ a }, cluster) => [{ kind: 'link.down', node: nodeOf(a, cluster), network: INTERFACE }],
  scriptFails,
  ({ a, b }, cluster) => [
    { kind: 'process.reload', node: nodeOf(a, cluster), priority: PRIORITIES[b % 10] ?? 100 },
  ],
  ({ a, b }, cluster) => [
    {
      kind: 'process.slow',
      node: nodeOf(a, cluster),
      by: micros((cluster.unit * (1 + b)) / 20),
    },
  ],
  ({ a }, cluster) => [{ kind: 'clock.step', node: nodeOf(a, cluster), by: micros(3_600_000_000) }],
  ({ a, b, for: c }, cluster) => {
    const defects = DEFECTS_OF[cluster.version];
    return [
      forged(a % cluster.routers.length, defects[(b + c) % defects.length] ?? 'ttl', cluster),
    ];
  },
];
export const FAMILY_COUNT = FAMILIES.length;

export function caseOf(profile: ProfileName, draft: Draft): Case {
  const unit = unitOf(profile, draft.interval);
  const routers = draft.routers.map((router) => routerOf(profile, router, unit));
  const check = checkOf(draft.check, unit);
  const network = networkOf(draft.network, unit);
  const allowed = draft.faults.filter(({ kind }) => ((draft.families >> kind) & 1) === 1);
  const useful = allowed.filter(
    ({ kind }) => check !== undefined || FAMILIES[kind] !== scriptFails,
  );
  const cluster = { routers, unit, version: RULES[profile].version };
  return {
    profile,
    seed: draft.seed,
    routers,
    virtuals: draft.group === 1 ? 2 : 1,
    network,
    check,
    refresh: refreshOf(draft.refresh, unit),
    faults: useful.map((fault) => faultOf(fault, cluster, network)),
    quiet: undefined,
  };
}

function unitOf(profile: ProfileName, interval: number): Micros {
  return profile === 'rfc3768'
    ? micros((VERSION_2_INTERVALS[interval] ?? 1) * 1_000_000)
    : micros(INTERVALS[interval] ?? 1_000_000);
}

function routerOf(profile: ProfileName, draft: RouterDraft, unit: Micros): RouterSpec {
  const slower = SLOWER[draft.slower] ?? 1;
  return {
    priority: PRIORITIES[draft.priority] ?? 100,
    interval: micros(
      Math.min(unit * slower, profile === 'rfc3768' ? MOST_INTERVAL_2 : MOST_INTERVAL),
    ),
    preempt: draft.nopreempt === 0,
    preemptDelay: micros(
      Math.min(unit * (PREEMPT_DELAYS[draft.preemptDelay] ?? 0), MOST_PREEMPT_DELAY),
    ),
    start: micros(unit * (STARTS[draft.start] ?? 0)),
    ppm: CLOCKS[draft.clock] ?? 0,
  };
}

function networkOf(draft: NetworkDraft, unit: Micros): NetworkSpec {
  const [least, most] = DELAYS[draft.delay] ?? DELAYS[0];
  return {
    delayLeast: micros((unit * least) / 1000),
    delayMost: micros((unit * most) / 1000),
    lateness: micros((unit * (LATENESS[draft.lateness] ?? 0)) / 1000),
    calibrated: false,
    loss: LOSSES[draft.loss] ?? 0,
    burst: BURSTS[draft.burst] ?? 1,
    duplicate: COPIES[draft.duplicate] ?? 0,
    reorder: COPIES[draft.reorder] ?? 0,
    announcementLoss: LOSSES[draft.loss] ?? 0,
    hosts: 2,
    drops: [],
  };
}

/** As usual with keepalived: a timeout below the interval, two failures, two successes. */
function checkOf(check: number, unit: Micros): CheckSpec | undefined {
  if (check === 0) return undefined;
  return {
    interval: unit,
    timeout: micros(unit / 2),
    fall: 2,
    rise: 2,
    weight: WEIGHTS[check - 1] ?? 0,
    takes: micros(unit / 10),
  };
}

function refreshOf(refresh: number, unit: Micros): Micros | undefined {
  const intervals = REFRESHES[refresh - 1];
  return intervals === undefined ? undefined : micros(unit * intervals);
}

function faultOf(draft: FaultDraft, cluster: Cluster, { delayMost }: NetworkSpec): FaultSpec {
  const { routers, unit } = cluster;
  const family = FAMILIES[draft.kind] ?? FAMILIES[0];
  const offset = micros(delayMost * (OFFSETS[draft.offset] ?? 0));
  const timer = draft.edge === 1 ? 'down' : 'advert';
  return {
    after: micros(unit * (AFTER[draft.after] ?? 0)),
    edge: draft.edge === 0 ? undefined : { timer, router: draft.b % routers.length, offset },
    for: micros(unit * (LASTS[draft.for] ?? 1)),
    faults: family?.(draft, cluster) ?? [],
  };
}
