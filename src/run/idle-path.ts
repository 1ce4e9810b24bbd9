/** Why a filter on the path from one peer may have matched no packet although it was active. */
import type { Fault } from '../fault/faults.ts';
import { cutsPath } from '../fault/path.ts';
import type { Timeline } from '../observe/timeline.ts';
import { type Instant, milliseconds, minus } from '../time.ts';

export interface Lasting {
  readonly fault: Fault;
  readonly from: Instant;
  /** Healed then, or now. */
  readonly to: Instant;
}

/** Between the wire, where an advert is seen, and the filter of the node that drops it. */
const ON_THE_WAY = milliseconds(1);

/** The evidence for it; undefined: the filter should have matched packets. */
export function idlePath(
  { fault, from, to }: Lasting,
  others: readonly Lasting[],
  timeline: Timeline,
): string | undefined {
  if (!('from' in fault) || fault.from === undefined) return undefined;
  const peer = fault.from.node;
  const until = minus(to, ON_THE_WAY);
  const spoke = timeline.since('advert', from).some(({ node, at }) => node === peer && at < until);
  if (!spoke) return `${peer} sent no advert meanwhile`;
  if (wasApart(fault.node, { from, to }, timeline)) return `${fault.node} was cut off meanwhile`;
  // A packet that another filter dropped cannot be lost again.
  const before = others.find(
    (other) =>
      other.fault.node === fault.node &&
      (other.fault.kind === 'vrrp.block' || cutsPath(other.fault)) &&
      other.from < to &&
      other.to > from,
  );
  return before === undefined ? undefined : `${before.fault.kind} was in force meanwhile`;
}

/** Off, or without its cable, at some moment. */
function wasApart(
  node: string,
  { from, to }: { readonly from: Instant; readonly to: Instant },
  timeline: Timeline,
): boolean {
  const kinds = ['node-down', 'node-up', 'link'] as const;
  const changes = kinds
    .flatMap((kind) => timeline.of<'node-down' | 'node-up' | 'link'>(kind))
    .filter((event) => event.node === node && event.at <= to)
    .sort((a, b) => a.at - b.at);
  const before = changes.findLastIndex(({ at }) => at <= from);
  return changes
    .slice(Math.max(before, 0))
    .some((event) => event.kind === 'node-down' || (event.kind === 'link' && !event.up));
}
