/** All variables as one list in the order of a walk, and the answers to Get, GetNext and GetBulk. */
import {
  compareOids,
  type Oid,
  PDU,
  type Search,
  type SearchRange,
  type VarBind,
} from '../../net/agentx.ts';

export type MibView = readonly VarBind[];

/** Upper limit of variables in one answer. */
const MOST_ANSWERS = 1_000;

export function viewOf(binds: readonly VarBind[]): MibView {
  return [...binds].sort((a, b) => compareOids(a.oid, b.oid));
}

export function answer(type: number, search: Search, view: MibView): VarBind[] {
  if (type === PDU.get) return search.ranges.map(({ start }) => exactly(view, start));
  if (type === PDU.getNext) return search.ranges.map((range) => next(view, range));
  const single = search.ranges.slice(0, search.nonRepeaters).map((range) => next(view, range));
  const answers = [...single];
  let ranges = search.ranges.slice(search.nonRepeaters);
  for (let round = 0; round < search.maxRepetitions && ranges.length > 0; round++) {
    const row = ranges.map((range) => next(view, range));
    answers.push(...row);
    if (row.every(({ value }) => value.kind === 'end-of-view')) break;
    if (answers.length >= MOST_ANSWERS) break;
    ranges = ranges.map(({ end }, i) => ({ start: row[i]?.oid ?? end, include: false, end }));
  }
  return answers;
}

function exactly(view: MibView, oid: Oid): VarBind {
  const found = view[firstFrom(view, oid)];
  if (found !== undefined && compareOids(found.oid, oid) === 0) return found;
  return { oid, value: { kind: 'no-instance' } };
}

function next(view: MibView, { start, include, end }: SearchRange): VarBind {
  let at = firstFrom(view, start);
  const here = view[at];
  if (!include && here !== undefined && compareOids(here.oid, start) === 0) at++;
  const found = view[at];
  const beyond = found === undefined || (end.length > 0 && compareOids(found.oid, end) >= 0);
  return beyond ? { oid: start, value: { kind: 'end-of-view' } } : found;
}

/** Index of the first variable at or after `oid`. */
function firstFrom(view: MibView, oid: Oid): number {
  let low = 0;
  let high = view.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bind = view[middle];
    if (bind !== undefined && compareOids(bind.oid, oid) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
