/** An invariant as an observer of the stream: its name, its rule, when it applies, and its monitor. */
import type { ElectionChange, ElectionFacts, ElectionListener } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import type { Scene } from './scene.ts';

export interface Violation {
  /** `S4`. */
  readonly invariant: string;
  readonly at: Instant;
  /** Indexes of the routers concerned. */
  readonly routers: readonly number[];
  readonly virtual: number;
  /** One sentence with the observation and the limit of the formula. */
  readonly because: string;
  /** When the violation began, and how long it may last (us); without them it has no duration. */
  readonly since?: Instant;
  readonly allowed?: number;
  /** A weakness of the protocol itself, by the scenario that shows it: a search goes on past it. */
  readonly known?: string;
}

/** The report of a monitor: the watch adds the name of its invariant and the virtual router. */
export type Report = (
  at: Instant,
  routers: readonly number[],
  because: string,
  more?: Pick<Violation, 'since' | 'allowed' | 'known'>,
) => void;

/** Implement only the callbacks you need. The scene has followed the event already. */
export type Monitor = Partial<ElectionListener> & {
  /**
   * The surroundings have been quiet for T_stab: called with the first event after that, before the scene
   * follows it, and again after every change of a role until something moves.
   */
  readonly settled?: (at: Instant) => void;
  /** Called for every change of the kind, after `change`. */
  readonly on?: ByKind;
};

export type ByKind = {
  readonly [K in ElectionChange['kind']]?: (
    at: Instant,
    change: Extract<ElectionChange, { kind: K }>,
  ) => void;
};

export interface Invariant {
  /** S1..S12, T1..T6, L1..L8, P1..P4, H1..H11. */
  readonly id: string;
  /** A few words for lists. */
  readonly title: string;
  /** The rule in sentences and formulas (symbols: src/assert/README.md), and when it is not judged. */
  readonly rule: string;
  /** The RFC section, keyword or measurement it comes from. */
  readonly source: string;
  /** Whether the rules of these facts promise it: a livelock is legal under RFC 5798. */
  readonly applies: (facts: ElectionFacts) => boolean;
  /** Watches one virtual router. */
  readonly watch: (scene: Scene, report: Report) => Monitor;
  /** It looks at all virtual routers (`scene.all`) and is made once. */
  readonly wide?: boolean;
  /** Its `change` follows where the addresses are and which hosts learnt it; the `change` of other monitors is not called for it. */
  readonly addresses?: boolean;
}

export function always(): boolean {
  return true;
}

/** Numbers by router, for example instants; NaN: none. */
export function byRouter({ size }: Scene, value = Number.NaN): number[] {
  return new Array<number>(size).fill(value);
}

/**
 * A judge of what is due by router: `since` holds from when; NaN: nothing is. Each router that something has been due of
 * for longer than g (and `slack`) is reported once.
 */
export function overdue(
  { facts }: Scene,
  since: number[],
  found: (r: number, since: Instant, at: Instant) => void,
  slack = 0,
): (at: Instant) => void {
  const patience = facts.lateness + slack;
  return (at) => {
    for (let r = 0; r < since.length; r++) {
      const then = since[r] as Instant;
      if (!(at - then > patience)) continue;
      since[r] = Number.NaN;
      found(r, then, at);
    }
  };
}
