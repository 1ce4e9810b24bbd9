/**
 * The engine of one router: run through the events of one tick, from a state given by its index, and judged at every
 * call. States are stored as rows of `snapshot.ts` followed by the two numbers of the reference.
 */
import { earliest } from '../../engine/vrrp/deadlines.ts';
import { overslept, start, stop, wake } from '../../engine/vrrp/instance.ts';
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { VrrpEffect, VrrpStateName } from '../../engine/vrrp/io.ts';
import { receive } from '../../engine/vrrp/receive.ts';
import { restore, SNAPSHOT_NAMES, SNAPSHOT_WIDTH, snapshot } from '../../engine/vrrp/snapshot.ts';
import { EXIT, HalabError, invariant } from '../../errors.ts';
import { type Instant, instant, plus } from '../../time.ts';
import type { Cluster } from './cluster.ts';
import { RowStore } from './row-store.ts';
import { type Bound, type Finding, judgeCall, judgeEnd, type Reference } from './rules.ts';
import type { Deed, Stimulus } from './ways.ts';

/** The engine functions that are explored; tests replace them by faulty ones. */
export interface EngineCalls {
  readonly start: typeof start;
  readonly wake: typeof wake;
  readonly stop: typeof stop;
  readonly receive: typeof receive;
}

export const ENGINE: EngineCalls = { start, wake, stop, receive };

/** The state of a router whose process does not run. */
export const DOWN = 0;
/** Indexes of states have 16 bits. */
const MOST_STATES = 0x1_0000;
/** Any instant would do: times in rows are relative. */
const NOW = instant(1_000_000_000);
const WIDTH = SNAPSHOT_WIDTH + 2;

export interface Ran {
  /** Index of the state at the beginning of the next tick. */
  state: number;
  /** 0 nothing, 1 adverts, 2 a resignation. */
  sent: 0 | 1 | 2;
  /** How many adverts and resignations. */
  count: number;
  /** It became Active, or ceased to be, at least once. */
  changed: boolean;
  finding: Finding | undefined;
}

/** `state`: of a new process for `start`. */
export function stimulate(
  engine: EngineCalls,
  state: InstanceState,
  deed: Stimulus,
  { members }: Cluster,
  now: Instant,
  emit: (effect: VrrpEffect) => boolean,
): void {
  if (deed.kind === 'timer') engine.wake(state, now, emit);
  else if (deed.kind !== 'hears') engine[deed.kind](state, now, emit);
  else {
    // As the machine does with a packet that passed every receive check.
    overslept(state, now, emit);
    const { advert, resignation, address } = at(members, deed.from);
    engine.receive(state, deed.zero ? resignation : advert, address, now, emit);
  }
}

export class EngineRun {
  readonly states = new RowStore(WIDTH);
  /** Of the last `run`. */
  readonly ran: Ran = { state: DOWN, sent: 0, count: 0, changed: false, finding: undefined };
  runs = 0;
  private readonly cluster: Cluster;
  private readonly engine: EngineCalls;
  private readonly own: Bound;
  private readonly bounds: readonly Bound[];
  private readonly state: InstanceState;
  private readonly fresh = new Int32Array(WIDTH);
  private readonly row = new Int32Array(WIDTH);
  private readonly ref: Reference = { due: 0, learnt: 0 };
  private readonly later: Instant;
  private readonly dues: boolean[] = [false];
  private adverts = 0;
  private resignations = 0;

  constructor(cluster: Cluster, index: number, engine: EngineCalls) {
    this.cluster = cluster;
    this.engine = engine;
    this.bounds = boundsOf(cluster);
    this.own = at(this.bounds, index);
    this.state = at(cluster.members, index).fresh();
    this.later = plus(NOW, cluster.spec.tick);
    snapshot(this.state, NOW, cluster, this.fresh, 0);
    this.states.add(this.row.fill(-1));
  }

  /** INIT: no process runs. */
  nameOf(state: number): VrrpStateName {
    return SNAPSHOT_NAMES[this.states.rows[state * WIDTH] ?? -1] ?? 'INIT';
  }

  /** Whether one of its deadlines has come. */
  isDue(state: number): boolean {
    return this.dues[state] ?? false;
  }

  /** Runs one tick. The result is in `ran`. */
  run(from: number, deeds: readonly Deed[]): Ran {
    const { ran } = this;
    this.runs++;
    this.load(this.states.rows, from * WIDTH);
    ran.finding = undefined;
    ran.changed = false;
    this.adverts = 0;
    this.resignations = 0;
    let up = from !== DOWN;
    let late = false;
    for (const deed of deeds) {
      late ||= deed.kind === 'late';
      if (deed.kind === 'start') this.load(this.fresh, 0);
      if (deed.kind === 'crash') ran.changed ||= this.state.name === 'MASTER';
      else if (deed.kind !== 'late' && deed.kind !== 'misses') this.call(deed);
      up = deed.kind === 'start' || (up && deed.kind !== 'crash' && deed.kind !== 'stop');
    }
    if (up && !late) ran.finding ??= judgeEnd(this.state.name, this.ref);
    ran.sent = this.resignations > 0 ? 2 : this.adverts > 0 ? 1 : 0;
    ran.count = this.adverts + this.resignations;
    ran.state = up ? this.save() : DOWN;
    return ran;
  }

  private call(deed: Stimulus): void {
    const { state, ran } = this;
    const from = state.name;
    const adverts = this.adverts;
    const resignations = this.resignations;
    stimulate(this.engine, state, deed, this.cluster, NOW, this.emit);
    const flaw = judgeCall(this.own, this.ref, {
      event: deed.kind,
      from,
      to: state.name,
      sent: this.adverts - adverts,
      resigned: this.resignations - resignations,
      peer: deed.kind === 'hears' ? at(this.bounds, deed.from) : this.own,
      zero: deed.kind === 'hears' && deed.zero,
    });
    ran.finding ??= flaw;
    ran.changed ||= (from === 'MASTER') !== (state.name === 'MASTER');
  }

  private readonly emit = (effect: VrrpEffect): boolean => {
    if (effect.kind === 'send') {
      if (effect.priority === 0) this.resignations++;
      else this.adverts++;
    }
    return true;
  };

  private load(rows: Int32Array, from: number): void {
    restore(this.state, NOW, this.cluster, rows, from);
    this.ref.due = rows[from + SNAPSHOT_WIDTH] ?? 0;
    this.ref.learnt = rows[from + SNAPSHOT_WIDTH + 1] ?? 0;
  }

  private save(): number {
    const { row, ref } = this;
    snapshot(this.state, this.later, this.cluster, row, 0);
    row[SNAPSHOT_WIDTH] = ref.due - this.cluster.spec.tick;
    row[SNAPSHOT_WIDTH + 1] = ref.learnt;
    const index = this.states.add(row);
    if (index === this.dues.length) {
      // As restored: deadlines that decide nothing are not in a row.
      this.load(row, 0);
      const next = earliest(this.state.deadlines);
      this.dues.push(next !== undefined && next <= NOW);
    }
    if (index < MOST_STATES) return index;
    throw new HalabError({
      code: 'HALAB_CHECK_STATES',
      message: `one router alone has more than ${MOST_STATES} states`,
      hint: 'use fewer ticks an interval, shorter intervals or less jitter',
      exitCode: EXIT.usage,
    });
  }
}

export function boundsOf({ members, spec }: Cluster): Bound[] {
  const { profile, tick } = spec;
  return members.map(({ spec: { priority, interval, preempt } }, address) => ({
    profile,
    priority,
    address,
    interval: interval * tick,
    preempt,
  }));
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  invariant(found !== undefined, 'routers are identified by their index');
  return found;
}
