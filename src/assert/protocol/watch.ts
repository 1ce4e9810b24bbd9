/**
 * Judges a stream: makes the monitors, keeps the scenes up to date, and calls only the monitors that listen. Adverts come
 * millions of times a second, so the lists of listeners are made once, by virtual router and kind.
 */
import type { ElectionChange, ElectionFacts, ElectionListener } from '../../observe/election.ts';
import type { Instant, Micros } from '../../time.ts';
import { INVARIANTS } from './catalogue.ts';
import { followChange, followHeard, followJump, followMissed } from './follow.ts';
import type { Invariant, Monitor, Report, Violation } from './monitor.ts';
import { actives, createScenes, type Scene } from './scene.ts';

type Change = ElectionListener['change'];
/** A monitor and what its invariant says of it. */
type Watched = Monitor & Partial<Invariant>;

/** The callbacks of the monitors of one virtual router; none of them uses `this`. */
interface Lane {
  readonly scene: Scene;
  readonly changes: Changes;
  readonly sent: ElectionListener['sent'][];
  readonly heard: ElectionListener['heard'][];
  readonly missed: ElectionListener['missed'][];
  readonly jumped: ElectionListener['jumped'][];
  readonly ends: ElectionListener['ends'][];
  readonly settled: NonNullable<Monitor['settled']>[];
}

/** The invariants with these ids under any rules; without ids, all that hold under the rules of the facts. */
export function chosenInvariants(
  facts: ElectionFacts,
  ids: readonly string[] | undefined,
): readonly Invariant[] {
  return INVARIANTS.filter(({ id, applies }) =>
    ids === undefined ? applies(facts) : ids.includes(id),
  );
}

const NOTHING = {};

/**
 * Completes the findings of a monitor. If the invariant was asked for by name and the rules do not promise it, they are
 * known weaknesses of the rules.
 */
function reportFor(
  { id: invariant, applies }: Invariant,
  { facts, virtual }: Scene,
  isAsked: boolean,
  report: (violation: Violation) => void,
): Report {
  const excuse =
    !isAsked || applies(facts)
      ? NOTHING
      : { known: `${facts.profile} does not promise ${invariant}` };
  return (at, routers, because, more) =>
    report({ invariant, virtual, at, routers, because, ...more, ...excuse });
}

/**
 * A listener for one election. `also`: monitors beside the invariants, made for each virtual router (what
 * counts coverage, for one).
 */
export function watchElection(
  facts: ElectionFacts,
  ids: readonly string[] | undefined,
  report: (violation: Violation) => void,
  also: readonly ((scene: Scene) => Monitor)[] = [],
): ElectionListener {
  const chosen = chosenInvariants(facts, ids);
  const wide: Watched[] = [];
  const lanes = createScenes(facts).map((scene) => {
    const own: Watched[] = [];
    const lane = emptyLane(scene, own);
    for (const invariant of chosen) {
      if (invariant.wide === true && scene.virtual > 0) continue;
      const monitor = invariant.watch(
        scene,
        reportFor(invariant, scene, ids !== undefined, report),
      );
      enlist(lane, monitor);
      (invariant.wide === true ? wide : own).push({ ...invariant, ...monitor });
    }
    for (const make of also) {
      const monitor = make(scene);
      enlist(lane, monitor);
      own.push(monitor);
    }
    return lane;
  });
  return new Watch(lanes, { all: wide, byKind: new Map() });
}

function emptyLane(scene: Scene, all: readonly Watched[]): Lane {
  return {
    scene,
    changes: { all, byKind: new Map() },
    sent: [],
    heard: [],
    missed: [],
    jumped: [],
    ends: [],
    settled: [],
  };
}

function enlist(lane: Lane, { sent, heard, missed, jumped, ends, settled }: Monitor): void {
  if (sent !== undefined) lane.sent.push(sent);
  if (heard !== undefined) lane.heard.push(heard);
  if (missed !== undefined) lane.missed.push(missed);
  if (jumped !== undefined) lane.jumped.push(jumped);
  if (ends !== undefined) lane.ends.push(ends);
  if (settled !== undefined) lane.settled.push(settled);
}

/** Monitors, and the callbacks to call for each kind of change: selected at the first change of the kind. */
interface Changes {
  readonly all: readonly Watched[];
  readonly byKind: Map<ElectionChange['kind'], readonly Change[]>;
}

function callbacks({ all, byKind }: Changes, kind: ElectionChange['kind']): readonly Change[] {
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const found = all.flatMap(({ id = '', wide, addresses, change, on }) => {
    const follows =
      wide ||
      !(AT_ADDRESSES.has(kind) ? addresses !== true : RUNS.has(kind) && !id.startsWith('H'));
    return [follows ? change : undefined, on?.[kind] as Change | undefined].filter(
      (one) => one !== undefined,
    );
  });
  byKind.set(kind, found);
  return found;
}

/** Most of a stream is about addresses, and about runs of scripts, which only the invariants of health follow. */
const AT_ADDRESSES: ReadonlySet<string> = new Set([
  'install',
  'withdraw',
  'announce',
  'learnt',
  'deaf',
]);
const RUNS: ReadonlySet<string> = new Set(['check-started', 'check-ended', 'check-timed-out']);

class Watch implements ElectionListener {
  private readonly lanes: readonly Lane[];
  /** Called once for each change, after all scenes have followed it. */
  private readonly wide: Changes;

  constructor(lanes: readonly Lane[], wide: Changes) {
    this.lanes = lanes;
    this.wide = wide;
  }

  change(at: Instant, change: ElectionChange): void {
    for (const lane of this.lanes) {
      if (at > lane.scene.settlesAt) settle(lane, at);
      if (!followChange(lane.scene, at, change)) continue;
      for (const one of callbacks(lane.changes, change.kind)) one(at, change);
    }
    for (const one of callbacks(this.wide, change.kind)) one(at, change);
  }

  sent(at: Instant, virtual: number, router: number, priority: number, interval: Micros): void {
    const lane = this.lanes[virtual] as Lane;
    const { scene, sent } = lane;
    if (at > scene.settlesAt) settle(lane, at);
    if (priority === 0) scene.resignedAt[router] = at;
    else scene.sentAt[router] = at;
    for (const one of sent) one(at, virtual, router, priority, interval);
  }

  heard(
    at: Instant,
    virtual: number,
    router: number,
    from: number,
    priority: number,
    interval: Micros,
    accepted: boolean,
  ): void {
    const lane = this.lanes[virtual] as Lane;
    const { scene, heard } = lane;
    if (at > scene.settlesAt) settle(lane, at);
    followHeard(scene, at, router, from, priority, interval, accepted);
    for (const one of heard) one(at, virtual, router, from, priority, interval, accepted);
  }

  missed(at: Instant, virtual: number, router: number, from: number, priority: number): void {
    const lane = this.lanes[virtual] as Lane;
    const { scene, missed } = lane;
    if (at > scene.settlesAt) settle(lane, at);
    followMissed(scene, at, router, from);
    for (const one of missed) one(at, virtual, router, from, priority);
  }

  jumped(from: Instant, virtual: number, to: Instant): void {
    const lane = this.lanes[virtual] as Lane;
    followJump(lane.scene, to);
    for (const one of lane.jumped) one(from, virtual, to);
    if (to > lane.scene.settlesAt) settle(lane, to);
  }

  ends(at: Instant): void {
    for (const lane of this.lanes) {
      if (at > lane.scene.settlesAt) settle(lane, at);
      for (const one of lane.ends) one(at);
    }
  }
}

function settle({ scene, settled }: Lane, at: Instant): void {
  scene.settlesAt = Number.POSITIVE_INFINITY;
  scene.settled = true;
  const who = actives(scene);
  scene.incumbent = who.length === 1 ? (who[0] ?? -1) : -1;
  for (const one of settled) one(at);
}
