/** Judges the cluster after T_stab without a disturbance: the common part of S4, S5, L1, L8, P1, P2 and P4. */
import type { ElectionFacts } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import { equalIntervals, isFine } from './arithmetic.ts';
import type { Monitor, Report } from './monitor.ts';
import { actives, hears, nameOf, type Scene, standings } from './scene.ts';
import { unstable } from './stable.ts';

/**
 * Whether a cluster can settle at all. Timers and network must be precise enough. And where a losing advert is
 * discarded in silence, different intervals of version 3 can keep two Backups swapping roles (duelling Backups).
 */
export function comesToRest(facts: ElectionFacts): boolean {
  if (!isFine(facts)) return false;
  const silent = facts.profile === 'rfc5798' || facts.profile === 'frr';
  return !silent || equalIntervals(facts.routers);
}

/** A monitor that judges once after T_stab without a disturbance. */
export function inQuiet(
  scene: Scene,
  report: Report,
  ask: () => { readonly routers: readonly number[]; readonly because: string } | undefined,
): Monitor {
  return {
    settled(at) {
      const wrong = ask();
      if (wrong === undefined) return;
      const { routers, because } = wrong;
      report(at, routers, because, { since: scene.quietFrom as Instant, allowed: scene.stab });
    },
  };
}

/** A change of role in quiet surroundings, until it is known whether something moved at its instant. */
export function suspicion(scene: Scene, report: Report) {
  let suspect: { at: Instant; router: number; because: string } | undefined;
  return {
    forget(at: Instant): void {
      if (suspect !== undefined && at > suspect.at) suspect = undefined;
    },
    note(at: Instant, router: number, because: string): void {
      suspect ??= { at, router, because };
    },
    judge(): void {
      if (suspect === undefined) return;
      const { at, router, because } = suspect;
      suspect = undefined;
      if (scene.quietFrom < at) report(at, [router], because);
    },
  };
}

export function askStable(scene: Scene) {
  const cutOff = actives(scene).find((r) => scene.link[r] === 0);
  if (cutOff !== undefined) {
    const because = `${nameOf(scene, cutOff)} is Active, but its link is down`;
    return { routers: [cutOff], because };
  }
  const wrong = unstable(standings(scene), (from, to) => hears(scene, from, to));
  if (wrong === undefined) return undefined;
  const because = `${wrong.because}; Active: ${list(scene, actives(scene))}`;
  return { routers: [wrong.router], because };
}

export function list(scene: Scene, routers: readonly number[]): string {
  return routers.map((r) => nameOf(scene, r)).join(' and ') || 'nobody';
}
