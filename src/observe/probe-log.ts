/** The fate of every probe packet. Outage is the gap in the replies (Time-Based Loss Method, RFC 6414). */
import { between, type Instant, type Micros, micros, minus } from '../time.ts';
import type { LabEvent } from './event.ts';
import type { Window } from './ownership.ts';

/** A gap in the replies. `to` undefined: it had not ended. */
export interface Hole {
  /** The last reply before it. */
  readonly from: Instant;
  /** The first reply after it. */
  readonly to: Instant | undefined;
  readonly lost: number;
}

/** A request younger than this may still be answered. */
const UNDECIDED = micros(100_000);
/** No sender is that far ahead of its schedule: the packet is foreign. */
const AHEAD = 100_000;

export class ProbeLog {
  readonly name: string;
  /** The node that sends the probes. */
  readonly from: string;
  readonly every: Micros;
  private readonly asked: Instant[] = [];
  private readonly answered: (Instant | undefined)[] = [];
  private readonly by: (string | undefined)[] = [];
  private lastReplyAt: Instant | undefined;

  constructor(name: string, from: string, every: Micros) {
    this.name = name;
    this.from = from;
    this.every = every;
  }

  /** A skipped number had no MAC to go to and never reached the wire: it counts as lost at its scheduled time. */
  request(sequence: number, at: Instant): void {
    const first = this.asked[0] ?? at;
    if (sequence > AHEAD + (2 * (at - first)) / this.every) return;
    for (let missing = this.asked.length; missing < sequence; missing++) {
      this.asked.push(minus(at, micros((sequence - missing) * this.every)));
    }
    this.asked[sequence] = at;
  }

  /** Only the first reply counts if two owners answer. */
  reply(sequence: number, at: Instant, node: string | undefined): void {
    if (this.answered[sequence] !== undefined) return;
    if (sequence > this.asked.length + AHEAD) return;
    this.answered[sequence] = at;
    this.by[sequence] = node;
    this.lastReplyAt = at;
  }

  /** Gaps with at least one lost probe, among the probes sent within the window. */
  holes(window: Window): Hole[] {
    const holes: Hole[] = [];
    let last = window.from;
    let lost = 0;
    for (const { asked, answered } of this.within(window)) {
      if (answered === undefined) {
        if (between(asked, window.to) > UNDECIDED) lost++;
        continue;
      }
      if (lost > 0) holes.push({ from: last, to: answered, lost });
      lost = 0;
      last = answered;
    }
    if (lost > 0) holes.push({ from: last, to: undefined, lost });
    return holes;
  }

  longestHole(window: Window): Hole | undefined {
    return this.holes(window).reduce<Hole | undefined>((best, hole) => {
      if (best === undefined || hole.to === undefined) return hole;
      if (best.to === undefined) return best;
      return between(hole.from, hole.to) > between(best.from, best.to) ? hole : best;
    }, undefined);
  }

  /** The first reply of `node` at or after `from` that no lost probe follows within the window. */
  settledOn(node: string, window: Window): Instant | undefined {
    const lastHole = this.holes(window).at(-1);
    if (lastHole !== undefined && lastHole.to === undefined) return undefined;
    const from = lastHole?.to ?? window.from;
    for (let i = this.firstAsked((asked) => asked >= window.from); i < this.asked.length; i++) {
      const answered = this.answered[i];
      if (answered !== undefined && answered > window.to) break;
      if (answered !== undefined && answered >= from && this.by[i] === node) return answered;
    }
    return undefined;
  }

  /** Whether replies have come back since `from` and kept coming for `validation`. */
  steadySince(from: Instant, now: Instant, validation: Micros): boolean {
    if (this.lastReplyAt === undefined || between(this.lastReplyAt, now) >= UNDECIDED) return false;
    let since: Instant | undefined;
    // Backwards: only replies after the last lost probe matter.
    for (let i = this.asked.length - 1; i >= 0; i--) {
      const asked = this.asked[i];
      if (asked === undefined || asked < from) break;
      const answered = this.answered[i];
      if (answered !== undefined) since = answered;
      else if (between(asked, now) > UNDECIDED)
        return since !== undefined && between(since, now) >= validation;
    }
    return between(from, now) >= validation;
  }

  /** Every request and reply as an event, for files. */
  events(): LabEvent[] {
    return this.asked.flatMap((asked, sequence): LabEvent[] => {
      const about = { source: 'tap', probe: this.name, sequence } as const;
      const answered = this.answered[sequence];
      return [
        { kind: 'probe-request', at: asked, node: this.from, ...about },
        ...(answered === undefined
          ? []
          : [{ kind: 'probe-reply', at: answered, node: this.by[sequence], ...about } as const]),
      ];
    });
  }

  lastReply(): Instant | undefined {
    return this.lastReplyAt;
  }

  count(window: Window): { asked: number; answered: number } {
    const probes = this.within(window);
    const answered = probes.filter((probe) => probe.answered !== undefined).length;
    return { asked: probes.length, answered };
  }

  /** The deviation of the replies of a probe between idle nodes from their schedule: the noise floor. */
  worstDelay(window: Window): Micros {
    let worst = 0;
    let previous: Instant | undefined;
    for (const { asked, answered } of this.within(window)) {
      if (previous !== undefined) worst = Math.max(worst, between(previous, asked) - this.every);
      if (answered !== undefined) worst = Math.max(worst, between(asked, answered));
      previous = asked;
    }
    return micros(worst);
  }

  /** The probes sent within the window: requests are in time order. */
  private within({ from, to }: Window): { asked: Instant; answered: Instant | undefined }[] {
    const first = this.firstAsked((asked) => asked >= from);
    const beyond = this.firstAsked((asked) => asked > to);
    return this.asked
      .slice(first, beyond)
      .map((asked, i) => ({ asked, answered: this.answered[first + i] }));
  }

  /** Index of the first probe sent at this time or later. */
  private firstAsked(isReached: (asked: Instant) => boolean): number {
    let low = 0;
    let high = this.asked.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const asked = this.asked[middle];
      if (asked === undefined || isReached(asked)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
