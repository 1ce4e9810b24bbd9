/**
 * The changes of role that the routers report, as a trace: router, old role, new role, cause. Two traces of one
 * scenario agree if they are equal as partial orders: changes of different routers at the same moment may come in any
 * order, all other order counts (Mazurkiewicz equivalence with a bound on time).
 */
import { claimedRole } from '../observe/claimed-role.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Instant, Micros } from '../time.ts';

export interface RoleStep {
  readonly at: Instant;
  /** Node and virtual router: no delay can change the order of its own changes. */
  readonly router: string;
  readonly from: string;
  readonly to: string;
  /** Undefined if the engine does not report it: any cause agrees with it. */
  readonly cause: string | undefined;
}

export type RoleTrace = readonly RoleStep[];

/** Where the claim was read: engines that report no reason have this in its place. */
const NO_CAUSE = ['notify', 'log'];
/** The role before a router's first report, and after the end of its process. */
const NOTHING = 'DOWN';

/** The claims within the window, in the order of their times. */
export function roleTrace(timeline: Timeline, window: Window): RoleTrace {
  const roles = new Map<string, string>();
  const steps: RoleStep[] = [];
  const events = [...timeline.of('node-down'), ...timeline.of('state')];
  for (const event of events.sort((a, b) => a.at - b.at)) {
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

/** A state that is not understood stays as it is. */
function roleOf(state: string, before: string): string {
  const meant = claimedRole(state);
  if (meant === 'same') return before;
  return meant === 'unknown' ? state : meant;
}

/**
 * Each router made the same changes. Where two routers changed in different orders, they did so within `eps` of each
 * other in both traces.
 */
export function sameTrace(a: RoleTrace, b: RoleTrace, eps: Micros): boolean {
  const partners = pairUp(a, b);
  if (partners === undefined) return false;
  return a.every((first, i) =>
    a.slice(i + 1).every((second, k) => {
      const [step, other] = [partners[i], partners[i + 1 + k]];
      if (step === undefined || other === undefined || first.router === second.router) return true;
      const swapped = other.at < step.at;
      return !swapped || (second.at - first.at <= eps && step.at - other.at <= eps);
    }),
  );
}

/** For each step of `a` the corresponding step of `b`: of the same router, and as many steps into its trace. */
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

/** The share of the real traces that the simulator has shown as well, 0..1; undefined without any. */
export function agreement(
  simulated: readonly RoleTrace[],
  real: readonly RoleTrace[],
  eps: Micros,
): number | undefined {
  if (simulated.length === 0 || real.length === 0) return undefined;
  const shown = real.filter((trace) => simulated.some((one) => sameTrace(trace, one, eps)));
  return shown.length / real.length;
}
