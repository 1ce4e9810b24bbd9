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
type Lane = ReturnType<typeof laneOf>;

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
  const lanes = createScenes(facts).map((scene) => {
    const here = chosen.filter(({ wide }) => wide !== true || scene.virtual === 0);
    const watched = here.map((one): Watched => {
      const monitor = one.watch(scene, reportFor(one, scene, ids !== undefined, report));
      return { ...one, ...monitor };
    });
    return laneOf(scene, [...watched, ...also.map((make) => make(scene))]);
  });
  return new Watch(lanes);
}

function laneOf(scene: Scene, all: readonly Watched[]) {
  const own = all.filter(({ wide }) => wide !== true);
  const changes = (of: readonly Watched[]): Change[] => of.flatMap(({ change }) => change ?? []);
  return {
    scene,
    change: changes(own),
    /** Those of them that follow every run of a script: runs are many, and no other monitor needs them. */
    runs: changes(own.filter(({ id }) => id?.startsWith('H'))),
    /** Those of them that follow the addresses. */
    addresses: changes(own.filter(({ addresses }) => addresses)),
    /** Called once for each change, after all scenes have followed it. */
    wide: changes(all.filter(({ wide }) => wide)),
    sent: all.flatMap(({ sent }) => sent ?? []),
    heard: all.flatMap(({ heard }) => heard ?? []),
    missed: all.flatMap(({ missed }) => missed ?? []),
    jumped: all.flatMap(({ jumped }) => jumped ?? []),
    ends: all.flatMap(({ ends }) => ends ?? []),
    settled: all.flatMap(({ settled }) => settled ?? []),
  };
}

/** The callbacks that a change may concern: most of a stream is about addresses and runs of scripts. */
function listeners(lane: Lane, { kind }: ElectionChange): Change[] {
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
  private readonly wide: readonly Change[];

  constructor(lanes: readonly Lane[]) {
    this.lanes = lanes;
    this.wide = lanes.flatMap(({ wide }) => wide);
  }

  change(at: Instant, change: ElectionChange): void {
    for (const lane of this.lanes) {
      if (at > lane.scene.settlesAt) settle(lane, at);
      if (!followChange(lane.scene, at, change)) continue;
      for (const one of listeners(lane, change)) one(at, change);
    }
    for (const one of this.wide) one(at, change);
  }

  sent(at: Instant, virtual: number, router: number, priority: number, interval: Micros): void {
    const { scene, sent } = this.laneAt(at, virtual);
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
    const { scene, heard } = this.laneAt(at, virtual);
    followHeard(scene, at, router, from, priority, interval, accepted);
    for (const one of heard) one(at, virtual, router, from, priority, interval, accepted);
  }

  missed(at: Instant, virtual: number, router: number, from: number, priority: number): void {
    const { scene, missed } = this.laneAt(at, virtual);
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
    for (const { scene } of this.lanes)
      for (const one of this.laneAt(at, scene.virtual).ends) one(at);
  }

  private laneAt(at: Instant, virtual: number): Lane {
    const lane = this.lanes[virtual] as Lane;
    if (at > lane.scene.settlesAt) settle(lane, at);
    return lane;
  }
}

function settle({ scene, settled }: Lane, at: Instant): void {
  scene.settlesAt = Number.POSITIVE_INFINITY;
  scene.settled = true;
  const who = actives(scene);
  scene.incumbent = who.length === 1 ? (who[0] ?? -1) : -1;
  for (const one of settled) one(at);
}
