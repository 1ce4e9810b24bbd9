/**
 * Judges a stream: makes the monitors, keeps the scenes up to date, and calls only the monitors that listen. Adverts come
 * millions of times a second, so the lists of listeners are made once, by virtual router and kind.
 */
import type { ElectionChange, ElectionFacts, ElectionListener } from '../../observe/election.ts';
import type { Instant, Micros } from '../../time.ts';
import { INVARIANTS } from './catalogue.ts';
import { noteStrike } from './disturbance.ts';
import { followChange, followHeard, followJump, followMissed } from './follow.ts';
import type { Invariant, Monitor, Report, Violation } from './monitor.ts';
import { actives, createScenes, type Scene } from './scene.ts';

/** The callbacks of the monitors of one virtual router; none of them uses `this`. */
interface Lane {
  readonly scene: Scene;
  readonly change: ElectionListener['change'][];
  /** Those of them that follow every run of a script: runs are many, and no other monitor needs them. */
  readonly runs: ElectionListener['change'][];
  /** Those of them that follow the addresses. */
  readonly addresses: ElectionListener['change'][];
  readonly sent: ElectionListener['sent'][];
  readonly heard: ElectionListener['heard'][];
  readonly missed: ElectionListener['missed'][];
  readonly jumped: ElectionListener['jumped'][];
  readonly ends: ElectionListener['ends'][];
  readonly settled: NonNullable<Monitor['settled']>[];
}

/** The invariants with these ids, whatever the rules; without ids, all that hold under the rules of the facts. */
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
  const wide: ElectionListener['change'][] = [];
  const lanes = createScenes(facts).map((scene): Lane => {
    const lane = emptyLane(scene);
    for (const one of chosen) {
      if (one.wide === true && scene.virtual > 0) continue;
      const monitor = one.watch(scene, reportFor(one, scene, ids !== undefined, report));
      enlist(lane, monitor, one.wide === true ? wide : lane.change);
      if (one.wide !== true) enlistForMore(lane, one, monitor);
    }
    for (const make of also) enlist(lane, make(scene), lane.change);
    return lane;
  });
  return new Watch(lanes, wide);
}

function emptyLane(scene: Scene): Lane {
  return {
    scene,
    change: [],
    runs: [],
    addresses: [],
    sent: [],
    heard: [],
    missed: [],
    jumped: [],
    ends: [],
    settled: [],
  };
}

function enlist(lane: Lane, monitor: Monitor, changes: ElectionListener['change'][]): void {
  const { change, sent, heard, missed, jumped, ends, settled } = monitor;
  if (change !== undefined) changes.push(change);
  if (sent !== undefined) lane.sent.push(sent);
  if (heard !== undefined) lane.heard.push(heard);
  if (missed !== undefined) lane.missed.push(missed);
  if (jumped !== undefined) lane.jumped.push(jumped);
  if (ends !== undefined) lane.ends.push(ends);
  if (settled !== undefined) lane.settled.push(settled);
}

function enlistForMore(lane: Lane, { id, addresses }: Invariant, { change }: Monitor): void {
  if (change === undefined) return;
  if (id.startsWith('H')) lane.runs.push(change);
  if (addresses === true) lane.addresses.push(change);
}

/** The callbacks that a change may concern: most of a stream is about addresses and runs of scripts. */
function listeners(lane: Lane, { kind }: ElectionChange): Lane['change'] {
  switch (kind) {
    case 'check-started':
    case 'check-ended':
    case 'check-timed-out':
      return lane.runs;
    case 'install':
    case 'withdraw':
    case 'announce':
    case 'learnt':
    case 'deaf':
      return lane.addresses;
    default:
      return lane.change;
  }
}

class Watch implements ElectionListener {
  private readonly lanes: readonly Lane[];
  /** Called once for each change, after all scenes have followed it. */
  private readonly wide: readonly ElectionListener['change'][];

  constructor(lanes: readonly Lane[], wide: readonly ElectionListener['change'][]) {
    this.lanes = lanes;
    this.wide = wide;
  }

  change(at: Instant, change: ElectionChange): void {
    for (const lane of this.lanes) {
      if (at > lane.scene.settlesAt) settle(lane, at);
      if (!followChange(lane.scene, at, change)) continue;
      noteStrike(lane.scene, at, change);
      for (const one of listeners(lane, change)) one(at, change);
    }
    for (const one of this.wide) one(at, change);
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
