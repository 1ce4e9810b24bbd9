/** The facts by which a case is judged, and how long its end must be watched. */
import type { ElectionFacts, RouterFacts } from '../../observe/election.ts';
import { type Micros, micros } from '../../time.ts';
import { type Case, nodeName, type RouterSpec, routerOn } from './case.ts';
import { addressNumber, addressOf, VIRTUAL_ADDRESSES } from './profile.ts';

const PPM = 1e6;

export function factsOf(whole: Case): ElectionFacts {
  const { profile, routers, network, check, virtuals, faults } = whole;
  // Faults may overlap: the sum of all delays of one router.
  const slow = new Array<number>(routers.length).fill(0);
  for (const fault of faults.flatMap((spec) => spec.faults))
    if (fault.kind === 'process.slow') {
      const router = routerOn(whole, fault.node);
      slow[router] = (slow[router] ?? 0) + fault.by;
    }
  return {
    profile,
    routers: routers.map(routerFacts),
    virtuals,
    delayLeast: network.delayLeast,
    delayMost: network.delayMost,
    lateness: micros(network.lateness + Math.max(...slow)),
    rateError: Math.max(...routers.map(({ ppm }) => Math.abs(ppm))) / PPM,
    downAdverts: 3,
    addresses: VIRTUAL_ADDRESSES,
    hosts: network.hosts,
    check,
  };
}

/** Addresses of the first routers; there are seldom more. */
const NUMBERS = Array.from({ length: 8 }, (_, router) => addressNumber(addressOf(router)));

export function routerFacts(spec: RouterSpec, index: number): RouterFacts {
  const { priority, interval, preempt, preemptDelay, address } = spec;
  const usual = address === undefined ? NUMBERS[index] : undefined;
  return {
    name: nodeName(index),
    address: usual ?? addressNumber(address ?? addressOf(index)),
    priority,
    interval,
    preempt,
    preemptDelay,
  };
}

/**
 * Longer than every bound of the invariants: twice the time to settle from any state, with any delays that the
 * last start, a check's way up and a preempt_delay. Generous, since quiet time is jumped over.
 */
export function watchedAfter(whole: Case): Micros {
  const { routers, network, check } = whole;
  const interval = Math.max(...routers.map((router) => router.interval));
  const skew = Math.max(interval, 1_000_000);
  const settles = 4 * interval + skew + 2 * (network.delayMost + network.lateness);
  const delayed = Math.max(...routers.map(({ preemptDelay }) => preemptDelay));
  const checked = check === undefined ? 0 : (check.rise + 2) * (check.interval + check.timeout);
  return micros(2.5 * settles + delayed + checked + interval);
}
