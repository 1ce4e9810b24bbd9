/** A bound as a limit for one virtual router, and a measured value compared with it. */
import { formatMicros, type Micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import { allowanceOf, type Bound, evaluateBound } from './bound.ts';
import { protocolTimes } from './protocol-times.ts';
import { type Outcome, time, type Violation } from './verdict.ts';

export interface Limit {
  /** As written. */
  readonly text: string;
  readonly allowed: Micros;
  /** The allowance beyond the times of the protocol. */
  readonly allowance: Micros;
}

export function limitOf(bound: Bound, router: VirtualRouter): Limit {
  const times = protocolTimes(router);
  const allowed = evaluateBound(bound, times);
  return { text: bound.text, allowed, allowance: allowanceOf(bound, times) };
}

/** `what`: the name of the value. */
export function compared(what: string, value: Micros, { text, allowed }: Limit): Outcome {
  const because = `${what} was ${formatMicros(value)}, ${value <= allowed ? 'within' : 'over'} ${text} = ${formatMicros(allowed)}`;
  return { measured: time(value), bound: time(allowed), because };
}

/** How a violation of a limit is compared with the lateness of the machine. */
export function exceeds(
  value: number,
  { allowed, allowance }: Omit<Limit, 'text'>,
): Pick<Violation, 'allowed' | 'persists'> {
  return { allowed: allowance, persists: (slack) => value > allowed + slack };
}
