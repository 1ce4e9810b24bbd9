/** An invariant as an observer of the stream: what it is called, when it holds, and who watches it. */
import type { ElectionFacts, ElectionListener } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import type { Scene } from './scene.ts';

export interface Violation {
  /** `S4`. */
  readonly invariant: string;
  readonly at: Instant;
  /** Indexes of the routers it is about. */
  readonly routers: readonly number[];
  readonly virtual: number;
  /** One sentence: what was seen, and what the formula allows. */
  readonly because: string;
  /** When what was violated began, and how long it may last (us); without, it is a matter of an instant. */
  readonly since?: Instant;
  readonly allowed?: number;
  /** A weakness of the protocol itself, by the name of the scenario that shows it: a search goes on. */
  readonly known?: string;
}

export type Report = (violation: Violation) => void;

/** Only what it listens to: the watch calls nobody in vain. The scene has followed the event already. */
export type Monitor = Partial<ElectionListener> & {
  /**
   * The surroundings have been quiet for T_stab: called with the first event after that, before the scene
   * follows it, and again after every change of a role until something moves.
   */
  readonly settled?: (at: Instant) => void;
};

export interface Invariant {
  /** S1..S12, T1..T6, L1..L8, P1..P4, H1..H11. */
  readonly id: string;
  /** A few words for lists. */
  readonly title: string;
  /** For whose rules it holds: a livelock is legal under RFC 5798. */
  readonly applies: (facts: ElectionFacts) => boolean;
  /** Watches one virtual router. */
  readonly watch: (scene: Scene, report: Report) => Monitor;
  /** It looks at all virtual routers (`scene.all`) and is made once. */
  readonly wide?: boolean;
  /** It follows where the addresses are and who has learnt it; nobody else is told of that. */
  readonly addresses?: boolean;
}

export function always(): boolean {
  return true;
}
