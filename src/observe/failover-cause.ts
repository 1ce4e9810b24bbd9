/** The fault that moved an owner, and the time at which the timers required the new owner to act. */
import type { Instant } from '../time.ts';
import type { EventOf } from './event.ts';
import type { Window } from './ownership.ts';
import type { Timeline } from './timeline.ts';

export interface Move {
  readonly oldOwner: string;
  readonly newOwner: string;
  readonly at: Instant;
}

/**
 * The last thing before the move that concerns one of the two: the old owner anything, the new one what affects its
 * hearing or its priority; a heal is no fault. Otherwise the only fault in force (of a service elsewhere that a script
 * watches). What heals at the very instant of the move was waiting for it.
 */
export function causeOf(
  timeline: Timeline,
  { oldOwner, newOwner, at }: Move,
  window: Window,
): EventOf<'fault'> | undefined {
  const before = [...timeline.of('fault'), ...timeline.of('heal')]
    .filter(
      (event) =>
        event.at >= window.from && (event.kind === 'fault' ? event.at <= at : event.at < at),
    )
    .sort((a, b) => a.at - b.at);
  const concerns = before.filter(
    ({ kind, node, effects }) =>
      node === oldOwner ||
      effects.includes('impersonates') ||
      (node === newOwner && (kind === 'heal' || effects.includes('promotes'))),
  );
  const healed = new Set(before.flatMap(({ kind, id }) => (kind === 'heal' ? [id] : [])));
  const inForce = before.filter(({ kind, id }) => kind === 'fault' && !healed.has(id));
  // While it lasts, a fault that silences the owner counts before one that only weakens it.
  const silenced = inForce.findLast(
    ({ node, effects }) => node === oldOwner && effects.includes('silences'),
  );
  const last = silenced ?? concerns.at(-1) ?? (inForce.length === 1 ? inForce[0] : undefined);
  return last?.kind === 'fault' ? last : undefined;
}

/** Whether the new owner may have heard less than the tap saw, or acted later than its timer, between two instants. */
export function isDeaf(timeline: Timeline, node: string, { from, to }: Window): boolean {
  const faults = timeline.of('fault').filter((event) => event.node === node && event.at <= to);
  return faults.some(
    ({ id, effects, at }) =>
      effects.includes('deafens') &&
      !timeline.of('heal').some((heal) => heal.id === id && heal.at >= at && heal.at <= from),
  );
}
