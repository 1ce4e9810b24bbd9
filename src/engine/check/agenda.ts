/**
 * The next deadline among thousands: a binary heap. An entry whose deadline has moved stays in it and is dropped
 * when it comes up.
 */
import type { Instant } from '../../time.ts';

export interface Entry<T> {
  readonly at: Instant;
  /** Decides between equal deadlines, so that the order is always the same. */
  readonly rank: number;
  readonly item: T;
}

export type Agenda<T> = Entry<T>[];

export function addEntry<T>(agenda: Agenda<T>, entry: Entry<T>): void {
  let at = agenda.length;
  agenda.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapIfBefore(agenda, at, parent)) return;
    at = parent;
  }
}

/** The first entry that still `holds`; drops the entries before it. */
export function firstEntry<T>(
  agenda: Agenda<T>,
  holds: (entry: Entry<T>) => boolean,
): Entry<T> | undefined {
  for (let first = agenda[0]; first !== undefined; first = agenda[0]) {
    if (holds(first)) return first;
    dropFirst(agenda);
  }
  return undefined;
}

export function dropFirst<T>(agenda: Agenda<T>): void {
  const last = agenda.pop();
  if (last === undefined || agenda.length === 0) return;
  agenda[0] = last;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const child = isBefore(agenda[left + 1], agenda[left]) ? left + 1 : left;
    if (!swapIfBefore(agenda, child, at)) return;
    at = child;
  }
}

function swapIfBefore<T>(agenda: Agenda<T>, lower: number, upper: number): boolean {
  const [below, above] = [agenda[lower], agenda[upper]];
  if (below === undefined || above === undefined || !isBefore(below, above)) return false;
  agenda[lower] = above;
  agenda[upper] = below;
  return true;
}

function isBefore<T>(a: Entry<T> | undefined, b: Entry<T> | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.rank < b.rank);
}
