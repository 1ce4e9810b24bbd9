/** Keeps a scene up to date with the stream. Adverts are the hot path: no allocation and no needless calls there. */
import type { ElectionChange } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import { most } from './arithmetic.ts';
import { disturbs, noteStrike } from './disturbance.ts';
import {
  beatsOldPriority,
  claimsAgain,
  isPerhapsDelayed,
  isSurelyDelayed,
  learn,
  leastSkew,
  perhapsRestarted,
  resigned,
  restarted,
  setPriority,
  shortened,
  steppedDownBeforeAdvert,
  usesOldConfig,
} from './down-timer.ts';
import { addressOf, intervalOf, preempts, type Scene, stabilises, tracked } from './scene.ts';

export function followHeard(
  scene: Scene,
  at: Instant,
  router: number,
  from: number,
  priority: number,
  interval: number,
  accepted: boolean,
): void {
  scene.lost[from * scene.size + router] = 0;
  if (!accepted) return;
  const role = scene.roles[router];
  const own = scene.priority[router] ?? 0;
  scene.heardAt[router] = at;
  if (priority === 0) {
    scene.zeroAt[router] = at;
    if (role === 'BACKUP') resigned(scene, at, router, from);
    return;
  }
  if (priority < own) {
    scene.lowerAt[router] = at;
    scene.lowerBy[router] = from;
  }
  if (role === 'BACKUP') {
    followAsBackup(scene, at, router, from, priority < own, interval);
  } else if (role === 'MASTER') {
    const beaten = isBeaten(scene, router, from, priority);
    if (!beaten || usesOldConfig(scene, at, router)) scene.losing[router] = interval;
    if (!beaten && !beatsOldPriority(scene, at, router, priority)) return;
    scene.betterAt[router] = at;
    scene.betterBy[router] = from;
    // If it may have judged by either priority, only a shorter interval is certain to matter.
    const sure = !usesOldConfig(scene, at, router) || interval < (scene.learnt[router] ?? 0);
    if (beaten && sure) learn(scene, router, interval);
  }
}

function isBeaten(scene: Scene, r: number, by: number, priority: number): boolean {
  const more = priority - (scene.priority[r] ?? 0);
  return more > 0 || (more === 0 && addressOf(scene, by) > addressOf(scene, r));
}

function followAsBackup(
  scene: Scene,
  at: Instant,
  router: number,
  from: number,
  lower: boolean,
  interval: number,
): void {
  const ignored = lower && preempts(scene, router) && !isSurelyDelayed(scene, at, router);
  // At the end of a pause it may have obeyed by its old priority what it would ignore now.
  const isOld =
    at === scene.resumedAt[router] && scene.priorityBefore[router] !== scene.priority[router];
  const unclear = ignored
    ? isOld || isPerhapsDelayed(scene, at, router)
    : usesOldConfig(scene, at, router);
  if (unclear) perhapsRestarted(scene, at, router, interval);
  else if (!ignored) {
    learn(scene, router, interval);
    restarted(scene, at, router, from);
  }
}

/** A lost advert disturbs only if the path is whole and the receiver could have read it. */
export function followMissed(scene: Scene, at: Instant, router: number, from: number): void {
  const path = from * scene.size + router;
  scene.lost[path] = (scene.lost[path] ?? 0) + 1;
  if (scene.runs[router] !== 1 || scene.link[router] === 0) return;
  if (scene.reach[path] === 0 || scene.link[from] === 0) return;
  disturb(scene, at);
}

/** T_stab starts again. */
function disturb(scene: Scene, at: number): void {
  if (scene.settled) {
    scene.settled = false;
    scene.unsettledAt = at;
  }
  scene.quietFrom = at;
  scene.settlesAt = scene.noise ? Number.POSITIVE_INFINITY : at + scene.stab;
}

function moved(scene: Scene, at: number): void {
  scene.stab = stabilises(scene);
  scene.movedAt = at;
  disturb(scene, at);
}

/** The stream skipped adverts of the only Active: the last of them reached all that hear it. */
export function followJump(scene: Scene, to: Instant): void {
  const active = scene.roles.indexOf('MASTER');
  if (active < 0) return;
  const { facts, size } = scene;
  const last = to - most(facts, intervalOf(scene, active)) - facts.delayMost - facts.lateness;
  for (let r = 0; r < size; r++) {
    const path = active * size + r;
    if (r === active || scene.reach[path] === 0) continue;
    scene.lost[path] = 0;
    if (scene.roles[r] === 'BACKUP' && last > (scene.restart[r] ?? 0)) {
      scene.restart[r] = last;
      scene.restartBy[r] = active;
    }
  }
}

/** `true`: the change is about this virtual router. */
export function followChange(scene: Scene, at: Instant, change: ElectionChange): boolean {
  if ('virtual' in change && change.virtual !== scene.virtual) return false;
  switch (change.kind) {
    case 'role':
      followRole(scene, at, change);
      break;
    case 'stalled':
      // An advert of this instant comes earlier in the stream, and is read after the stall.
      if (scene.roles[change.router] === 'BACKUP' && scene.heardAt[change.router] !== at)
        restarted(scene, at, change.router, -1);
      break;
    case 'claimed-priority':
      setPriority(scene, change.router, change.priority);
      break;
    case 'process':
      followProcess(scene, at, change);
      break;
    case 'link':
      scene.link[change.router] = change.up ? 1 : 0;
      break;
    case 'reach': {
      const path = change.from * scene.size + change.to;
      const reaches = change.reaches ? 1 : 0;
      scene.cuts += (scene.reach[path] ?? 1) - reaches;
      scene.reach[path] = reaches;
      break;
    }
    case 'noise':
      scene.noise = change.on;
      scene.noiseAt = at;
      break;
    case 'configured':
      configured(scene, at, change);
      break;
    case 'check-verdict':
      scene.verdict[change.router] = change.up ? 1 : 0;
      if (usesOldConfig(scene, at, change.router)) claimsAgain(scene, change.router);
      break;
    default:
  }
  if (disturbs(scene, change)) {
    moved(scene, at);
    noteStrike(scene, at, change);
  }
  return true;
}

function followProcess(
  scene: Scene,
  at: number,
  { router: r, what }: Extract<ElectionChange, { kind: 'process' }>,
): void {
  if (what === 'resume') scene.resumedAt[r] = at;
  if (what === 'pause') {
    scene.pausedAt[r] = at;
    scene.priorityBefore[r] = scene.priority[r] ?? 0;
  }
  scene.runs[r] = what === 'pause' ? 2 : what === 'start' || what === 'resume' ? 1 : 0;
  if (what === 'pause' || what === 'resume') return;
  scene.unfit[r] = 0;
  scene.verdict[r] = -1;
  setPriority(scene, r, scene.routers[r]?.priority ?? 0);
  if (what !== 'start' && scene.roles[r] === 'MASTER') scene.leftAt[r] = at;
}

function configured(
  scene: Scene,
  at: number,
  { router: r, facts }: Extract<ElectionChange, { kind: 'configured' }>,
): void {
  const before = scene.routers[r];
  scene.reconfiguredAt[r] = at;
  scene.routers[r] = facts;
  if (facts.interval > scene.longest) scene.longest = facts.interval;
  setPriority(scene, r, facts.priority + tracked(scene, r), facts.priority);
  // A paused router applies it only after its queue.
  if (scene.runs[r] !== 2) scene.priorityBefore[r] = scene.priority[r] ?? facts.priority;
  if (before?.interval === facts.interval) return;
  scene.learnt[r] = facts.interval;
  scene.fullWait[r] = Number.NaN;
  // A Backup restarts its timer when it reads its configuration, at a time that is not known.
  scene.wait[r] = Math.min(scene.wait[r] ?? 0, leastSkew(scene, r));
}

function followRole(
  scene: Scene,
  at: number,
  { router: r, from, to, cause }: Extract<ElectionChange, { kind: 'role' }>,
): void {
  scene.roles[r] = to;
  scene.since[r] = at;
  if (from === 'MASTER') scene.leftAt[r] = at;
  // A stream without causes cannot explain a FAULT: it is taken as given.
  const excuses = cause === 'send-failed' || cause === 'host-failed' || cause === '';
  const fits = to === 'FAULT' && excuses ? 1 : 0;
  if (fits !== scene.unfit[r]) {
    scene.unfit[r] = fits;
    moved(scene, at);
  }
  if (to === 'BACKUP') {
    if (from !== 'MASTER') learn(scene, r, intervalOf(scene, r));
    restarted(scene, at, r, from === 'MASTER' ? (scene.betterBy[r] ?? -1) : -1);
    if (at === scene.resumedAt[r]) shortened(scene, r);
    const unclear = cause === 'stalled' || usesOldConfig(scene, at, r);
    if (unclear && scene.heardAt[r] === at) steppedDownBeforeAdvert(scene, r);
  }
  if (scene.settled) scene.settlesAt = at;
}
