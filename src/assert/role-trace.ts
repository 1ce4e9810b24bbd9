/**
 * What the routers say they did, as a trace: which router went from which role to which, and why. Two
 * traces of the same scenario agree if they are equal as partial orders: routers that act at the same moment
 * may be told in any order, everything else may not (Mazurkiewicz equivalence with a bound on time).
 */
import { claimedRole } from '../observe/claimed-role.ts';
import type { EventOf } from '../observe/event.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Instant, Micros } from '../time.ts';

export interface RoleStep {
  readonly at: Instant;
  /** Node and virtual router: each has an order of its own that no delay can change. */
  readonly router: string;
  readonly from: string;
  readonly to: string;
  /** Undefined where the engine does not say: any cause agrees with it. */
  readonly cause: string | undefined;
}

export type RoleTrace = readonly RoleStep[];

/** What engines that do not tell a reason have in its place: where the claim was read. */
const NO_CAUSE = ['notify', 'log'];
/** Before its first word, and after the end of its process, a router is nothing. */
const NOTHING = 'DOWN';

/** The claims within the window, in the order of their times. */
export function roleTrace(timeline: Timeline, window: Window): RoleTrace {
  const roles = new Map<string, string>();
  const steps: RoleStep[] = [];
  for (const event of byTime(timeline)) {
    if (event.at > window.to) break;
    if (event.kind !== 'state') {
      for (const router of roles.keys())
        if (router.startsWith(`${event.node} `)) roles.delete(router);
      continue;
    }
    const router = `${event.node} ${event.instance}`;
    const from = roles.get(router) ?? NOTHING;
    const { at, reason } = event;
    const to = roleOf(event.state, from);
    roles.set(router, to);
    if (from === to || at < window.from) continue;
    steps.push({ at, router, from, to, cause: NO_CAUSE.includes(reason) ? undefined : reason });
  }
  return steps;
}

/** A word that nobody understands is shown as it is: no other world says it. */
function roleOf(word: string, before: string): string {
  const meant = claimedRole(word);
  if (meant === 'same') return before;
  return meant === 'unknown' ? word : meant;
}

function byTime(timeline: Timeline): (EventOf<'state'> | EventOf<'node-down'>)[] {
  return [...timeline.of('node-down'), ...timeline.of('state')].sort((a, b) => a.at - b.at);
}

/**
 * Each router went the same way, and wherever two routers acted in different orders they did so within `eps`
 * of each other, in both traces.
 */
export function sameTrace(a: RoleTrace, b: RoleTrace, eps: Micros): boolean {
  const partners = pairUp(a, b);
  if (partners === undefined) return false;
  return a.every((first, i) =>
    a.slice(i + 1).every((second, k) => {
      const [one, other] = [partners[i], partners[i + 1 + k]];
      if (one === undefined || other === undefined || first.router === second.router) return true;
      const swapped = other.at < one.at;
      return !swapped || (second.at - first.at <= eps && one.at - other.at <= eps);
    }),
  );
}

/** For each step of `a` the one of `b` that its router did at the same point of its way. */
function pairUp(a: RoleTrace, b: RoleTrace): RoleStep[] | undefined {
  if (a.length !== b.length) return undefined;
  const left = [...b];
  const partners: RoleStep[] = [];
  for (const step of a) {
    const at = left.findIndex(({ router }) => router === step.router);
    const [partner] = at < 0 ? [] : left.splice(at, 1);
    if (partner === undefined || !sameStep(step, partner)) return undefined;
    partners.push(partner);
  }
  return partners;
}

function sameStep(a: RoleStep, b: RoleStep): boolean {
  const causes = a.cause === undefined || b.cause === undefined || a.cause === b.cause;
  return causes && a.from === b.from && a.to === b.to;
}

/** Share of the real traces that the simulator has shown, too, 0..1; undefined without any. */
export function agreement(
  simulated: readonly RoleTrace[],
  real: readonly RoleTrace[],
  eps: Micros,
): number | undefined {
  if (simulated.length === 0 || real.length === 0) return undefined;
  const shown = real.filter((trace) => simulated.some((one) => sameTrace(trace, one, eps)));
  return shown.length / real.length;
}
