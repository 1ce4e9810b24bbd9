/** When each witness was reliable: its heartbeats, the numbers of its events, and drops in its kernel. */
import { type Instant, type Micros, micros, milliseconds } from '../time.ts';
import type { EventOf, LabEvent } from './event.ts';
import type { Window } from './ownership.ts';
import { agentOf, HEARTBEAT, type Witness } from './witness.ts';

/** A witness without a heartbeat for this long was not alive meanwhile. */
const SILENCE = milliseconds(500);

/** A time in which a witness could not be relied on. */
export interface Blind extends Window {
  readonly witness: Witness;
  /** `said nothing`, `lost 3 events`: the failure of the witness. */
  readonly what: string;
}

type Hole = Omit<Blind, 'witness'>;

class WitnessLog {
  readonly beats: EventOf<'heartbeat'>[] = [];
  private readonly lateHeals: (Window & { readonly late: Micros })[] = [];
  private readonly holes: Hole[] = [];
  private last: number | undefined;
  /** Time of the last heartbeat, or of its start. */
  private aliveAt: Instant;
  /** It ended by an observed fault: its silence is no hole. */
  private endedAt: Instant | undefined;

  constructor(at: Instant) {
    this.aliveAt = at;
  }

  hear(event: LabEvent): void {
    const { at, number } = event;
    if (number !== undefined) this.count(number, at);
    if (event.kind === 'node-down') this.end(event);
    else if (event.kind === 'node-up') this.begin(at);
    else if (event.kind === 'evidence-dropped') this.dropped(event);
    else if (event.kind === 'heartbeat') this.beat(event);
  }

  /** The first hole that overlaps the window; silence to its end counts. */
  blind({ from, to }: Window): Hole | undefined {
    const hole = this.holes.find((hole) => hole.from < to && hole.to > from);
    if (hole !== undefined) return hole;
    const silent = this.endedAt === undefined && this.aliveAt < to;
    return silent ? { from: this.aliveAt, to, what: 'said nothing' } : undefined;
  }

  /** The fault lasted longer than planned, which delays the node as a late timer does. */
  healedLate({ at, late }: EventOf<'late-heal'>): void {
    this.lateHeals.push({ from: (at - late) as Instant, to: at, late });
  }

  hasSpokenSince(at: Instant): boolean {
    return this.endedAt !== undefined || this.aliveAt >= at;
  }

  /** The largest lateness of the heartbeats that cover the window, and of the heals in it. */
  lateness({ from, to }: Window): Micros {
    const heals = this.lateHeals.filter((heal) => heal.from < to && heal.to > from);
    let most = Math.max(0, ...heals.map(({ late }) => late));
    let previous: EventOf<'heartbeat'> | undefined;
    for (const beat of this.beats) {
      const since = previous?.at ?? beat.at - HEARTBEAT;
      previous = beat;
      if (beat.at < from) continue;
      if (since > to) break;
      most = Math.max(most, beat.late);
    }
    return micros(most);
  }

  private hole(what: string, from: Instant, to: Instant = FOR_GOOD): void {
    this.holes.push({ from, to, what });
  }

  /** A missing event may have changed the state from then on, so the hole lasts for good. */
  private count(number: number, at: Instant): void {
    const missing = number - (this.last ?? -1) - 1;
    if (missing !== 0)
      this.hole(`lost ${counted(missing)}`, this.last === undefined ? at : this.aliveAt);
    this.last = number;
  }

  private beat(beat: EventOf<'heartbeat'>): void {
    const { at, dropped } = beat;
    if (this.endedAt === undefined && at - this.aliveAt > SILENCE)
      this.hole('said nothing', this.aliveAt, at);
    if (dropped > 0) this.hole(`lost ${counted(dropped)}`, this.aliveAt, at);
    this.beats.push(beat);
    if (at > this.aliveAt) this.aliveAt = at;
  }

  private dropped({ at, count, why }: EventOf<'evidence-dropped'>): void {
    this.hole(count > 0 ? `lost ${counted(count)} (${why})` : why, at);
  }

  /** If the lab and not its agent reports the end of a node, no fault of the lab ended it. */
  private end({ at, source }: EventOf<'node-down'>): void {
    if (source === 'lab') this.hole('ended, and no fault of the lab ended it', at);
    this.endedAt = at;
  }

  private begin(at: Instant): void {
    if (this.endedAt === undefined && at - this.aliveAt > SILENCE)
      this.hole('began anew without an end', this.aliveAt);
    this.endedAt = undefined;
    this.aliveAt = at;
  }
}

export class Witnesses {
  private readonly logs = new Map<Witness, WitnessLog>();

  hear(event: LabEvent): void {
    const ofNode = event.kind.startsWith('node-') || event.kind === 'late-heal';
    const witness = event.witness ?? (ofNode ? nodeOf(event) : undefined);
    if (witness === undefined) return;
    let log = this.logs.get(witness);
    if (log === undefined) {
      log = new WitnessLog(event.at);
      this.logs.set(witness, log);
    }
    if (event.kind === 'late-heal') log.healedLate(event);
    else log.hear(event);
  }

  /** The first gap of one of them within the window; a witness without any event is always blind. */
  blind(on: readonly Witness[], window: Window): Blind | undefined {
    for (const witness of on) {
      const log = this.logs.get(witness);
      const hole =
        log === undefined ? { ...window, what: 'was never heard of' } : log.blind(window);
      if (hole !== undefined) return { witness, ...hole };
    }
    return undefined;
  }

  /** The maximum lateness of the machine for these witnesses and the processes next to them. */
  lateness(on: readonly Witness[], window: Window): Micros {
    return micros(
      Math.max(0, ...on.map((witness) => this.logs.get(witness)?.lateness(window) ?? 0)),
    );
  }

  /** Whether all that are alive have sent a heartbeat since. */
  haveSpokenSince(at: Instant): boolean {
    return [...this.logs.values()].every((log) => log.hasSpokenSince(at));
  }

  /** Every heartbeat, for files. */
  heartbeats(): LabEvent[] {
    return [...this.logs.values()].flatMap(({ beats }) => beats);
  }
}

const FOR_GOOD = Number.MAX_SAFE_INTEGER as Instant;

function nodeOf({ node }: LabEvent): Witness | undefined {
  return node === undefined ? undefined : agentOf(node);
}

function counted(count: number): string {
  return `${count} ${Math.abs(count) === 1 ? 'event' : 'events'}`;
}
