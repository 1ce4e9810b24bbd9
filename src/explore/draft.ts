/**
 * A case as it is drawn: small whole numbers, of which 0 is always the dull choice. `caseOf` gives them their
 * meaning. So shrinking is the same everywhere (towards 0, towards fewer), nothing in a draft can be invalid, and
 * times are multiples of the case's own interval, near the edges of its timers.
 */
import { DEFECTS, type Defect } from '../fault/forge.ts';
import type { ProfileName } from '../observe/election.ts';
import type {
  Case,
  CheckSpec,
  FaultSpec,
  NetworkSpec,
  RouterSpec,
  What,
} from '../sim/election/case.ts';
import { RULES } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';

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

/** Dull first; equal, adjacent and extreme ones are where elections go wrong. */
export const PRIORITIES = [100, 101, 200, 150, 254, 253, 1, 2, 99, 50, 255] as const;
/** Of a case; 10 ms to 40.95 s. */
const INTERVALS = [1_000_000, 100_000, 1_000_000, 10_000, 2_000_000, 20_000, 40_950_000] as const;
/** Of one router, as a multiple of the case's interval. */
const SLOWER = [1, 2, 3, 10, 40] as const;
const MOST_INTERVAL = 40_950_000;
const MOST_INTERVAL_2 = 255_000_000;
/** keepalived's most. */
const MOST_PREEMPT_DELAY = 1_000_000_000;
/** rfc3768 counts in seconds. */
const VERSION_2_INTERVALS = [1, 2, 1, 3, 10, 1, 255] as const;
const PREEMPT_DELAYS = [0, 2, 5] as const;
const STARTS = [0, 0, 0.1, 1, 3.2, 5] as const;
const CLOCKS = [0, 0, 100, -100, 1_000, -1_000] as const;
/** Least and most delay in thousandths of the interval. */
const DELAYS = [
  [1, 1],
  [1, 3],
  [0, 5],
  [0, 10],
  [5, 25],
] as const;
const LATENESS = [0, 0.5, 2, 5] as const;
const LOSSES = [0, 0, 10, 100, 300] as const;
const BURSTS = [1, 1, 2, 4] as const;
const COPIES = [0, 0, 50, 300] as const;
/** After the one before, and how long, in intervals: around one, around the down interval, around its edges. */
const AFTER = [0, 0.1, 0.5, 1, 2, 3, 3.3, 4, 5, 8, 12] as const;
const LASTS = [0.3, 1, 2, 2.5, 2.9, 3, 3.2, 3.5, 4, 5, 8, 12] as const;
/** From an edge, in units of the network's slowest delivery. */
const OFFSETS = [0, 1, -1, 2, -2, 0.5, -0.5] as const;
/** Of the announcements, in intervals. */
const REFRESHES = [1, 2.5, 7] as const;
const WEIGHTS = [0, -60, 60, -2, 2] as const;

export const LIMITS = {
  priorities: PRIORITIES.length - 1,
  intervals: INTERVALS.length - 1,
  slower: SLOWER.length - 1,
  preemptDelays: PREEMPT_DELAYS.length - 1,
  starts: STARTS.length - 1,
  clocks: CLOCKS.length - 1,
  delays: DELAYS.length - 1,
  lateness: LATENESS.length - 1,
  losses: LOSSES.length - 1,
  bursts: BURSTS.length - 1,
  copies: COPIES.length - 1,
  after: AFTER.length - 1,
  lasts: LASTS.length - 1,
  offsets: OFFSETS.length - 1,
  checks: WEIGHTS.length,
  refreshes: REFRESHES.length,
} as const;

/** Version 3 has no authentication type, version 2 allows an advert without addresses. */
const BAD: Readonly<Record<2 | 3, readonly Defect[]>> = {
  2: DEFECTS.filter((defect) => defect !== 'count'),
  3: DEFECTS.filter((defect) => defect !== 'auth-type'),
};

/** What may go wrong, in families; the order is part of a draft's meaning. */
const FAMILIES: readonly ((draft: FaultDraft, unit: Micros, version: 2 | 3) => What)[] = [
  ({ a }) => ({ kind: 'crash', router: a }),
  ({ a }) => ({ kind: 'stop', router: a }),
  ({ a, b }) => ({ kind: 'cut', from: a, to: b }),
  ({ a, b }) => ({ kind: 'split', side: 1 + a * 8 + b, oneWay: b % 2 === 1 }),
  ({ a, b, for: count }) => ({ kind: 'lose', from: a, to: b, count: 1 + (count % 4) }),
  ({ a }) => ({ kind: 'pause', router: a }),
  ({ a }) => ({ kind: 'link', router: a }),
  ({ a }) => ({ kind: 'break', router: a }),
  ({ a, b }) => ({ kind: 'reload', router: a, priority: PRIORITIES[b % 10] ?? 100 }),
  ({ a, b }, unit) => ({ kind: 'slow', router: a, by: micros((unit * (1 + b)) / 20) }),
  ({ a }) => ({ kind: 'wall-clock', router: a, by: micros(3_600_000_000) }),
  ({ a, b, for: c }, _unit, version) => {
    const defect = BAD[version][(b + c) % BAD[version].length] ?? 'ttl';
    return { kind: 'garbage', router: a, defect };
  },
];
export const FAMILY_COUNT = FAMILIES.length;

export function caseOf(profile: ProfileName, draft: Draft): Case {
  const unit = unitOf(profile, draft.interval);
  const routers = draft.routers.map((one) => routerOf(profile, one, unit));
  const check = checkOf(draft.check, unit);
  const network = networkOf(draft.network, unit);
  const allowed = draft.faults.filter(({ kind }) => ((draft.families >> kind) & 1) === 1);
  const useful = allowed.filter(
    ({ kind }) => check !== undefined || FAMILIES[kind] !== FAMILIES[7],
  );
  return {
    profile,
    seed: draft.seed,
    routers,
    virtuals: draft.group === 1 ? 2 : 1,
    network,
    check,
    refresh: refreshOf(draft.refresh, unit),
    faults: useful.map((one) => faultOf(one, unit, network, RULES[profile].version)),
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

/** keepalived's own shape: a timeout below the interval, two failures, two successes. */
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

function faultOf(
  draft: FaultDraft,
  unit: Micros,
  { delayMost }: NetworkSpec,
  version: 2 | 3,
): FaultSpec {
  const what = (FAMILIES[draft.kind] ?? FAMILIES[0])?.(draft, unit, version);
  const offset = micros(delayMost * (OFFSETS[draft.offset] ?? 0));
  const timer = draft.edge === 1 ? 'down' : 'advert';
  return {
    after: micros(unit * (AFTER[draft.after] ?? 0)),
    edge: draft.edge === 0 ? undefined : { timer, router: draft.b, offset },
    for: micros(unit * (LASTS[draft.for] ?? 1)),
    what: what ?? { kind: 'crash', router: draft.a },
  };
}
