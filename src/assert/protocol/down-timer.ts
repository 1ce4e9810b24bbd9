/**
 * Knowledge about the Active_Down_Timer of each router: its last restart and its minimum length.
 * If the stream leaves a choice, the shorter length counts, because only certain violations may be reported.
 */
import { down, isVersion2, least, most, skew } from './arithmetic.ts';
import { intervalOf, type Scene, tracked } from './scene.ts';

/** A router reloaded while paused may compare the adverts in its queue with the old or the new priority. */
export function usesOldConfig(scene: Scene, at: number, r: number): boolean {
  return at === scene.resumedAt[r] && (scene.reconfiguredAt[r] ?? 0) >= (scene.pausedAt[r] ?? at);
}

/** A paused router drains its queue before it applies a new configuration, so compare with the lower of both priorities. */
export function beatsOldPriority(scene: Scene, at: number, r: number, priority: number): boolean {
  const own = scene.priority[r] ?? 0;
  return at === scene.resumedAt[r] && priority >= Math.min(own, scene.priorityBefore[r] ?? own);
}

/** Its preempt_delay is certainly not over at any rate of its clock. */
export function isSurelyDelayed(scene: Scene, at: number, r: number): boolean {
  const delay = scene.routers[r]?.preemptDelay ?? 0;
  return delay > 0 && at - (scene.since[r] ?? 0) < least(scene.facts, delay);
}

export function isPerhapsDelayed(scene: Scene, at: number, r: number): boolean {
  const delay = scene.routers[r]?.preemptDelay ?? 0;
  return delay > 0 && at - (scene.since[r] ?? 0) <= most(scene.facts, delay) + scene.facts.lateness;
}

/** It may have obeyed the lower advert or not: the shorter wait and the shorter interval stay. */
export function perhapsRestarted(scene: Scene, at: number, r: number, interval: number): void {
  const wait = leastDown(scene, r, interval);
  scene.perhaps[r] = Math.min(scene.perhaps[r] ?? interval, interval);
  scene.fullWait[r] = Number.NaN;
  if (at + wait >= (scene.restart[r] ?? 0) + (scene.wait[r] ?? 0)) return;
  scene.restart[r] = at;
  scene.wait[r] = wait;
}

export function learn(scene: Scene, r: number, interval: number): void {
  if (scene.perhaps[r] !== Number.POSITIVE_INFINITY) {
    scene.perhaps[r] = Number.POSITIVE_INFINITY;
    scene.fullWait[r] = Number.NaN;
  }
  if (scene.learnt[r] === interval || isVersion2(scene.facts.profile)) return;
  scene.learnt[r] = interval;
  scene.fullWait[r] = Number.NaN;
}

/** The true time that its down timer takes at least. */
function leastDown(scene: Scene, r: number, learnt: number, priority = scene.priority[r] ?? 0) {
  const { facts } = scene;
  return least(facts, down(facts, priority, intervalOf(scene, r), learnt));
}

/** The interval that it has learnt, or the shorter one that it may have learnt. */
function leastLearnt(scene: Scene, r: number): number {
  return Math.min(scene.learnt[r] ?? 0, scene.perhaps[r] ?? Number.POSITIVE_INFINITY);
}

export function restarted(scene: Scene, at: number, r: number, by: number): void {
  let wait = scene.fullWait[r] ?? Number.NaN;
  if (Number.isNaN(wait)) {
    wait = leastDown(scene, r, leastLearnt(scene, r));
    scene.fullWait[r] = wait;
  }
  scene.restart[r] = at;
  scene.wait[r] = wait;
  scene.restartBy[r] = by;
}

/** Until it has read the new file it uses the priority from before its pause. */
export function shortened(scene: Scene, r: number): void {
  const before = scene.priorityBefore[r] ?? 0;
  const wait = leastDown(scene, r, scene.learnt[r] ?? 0, before);
  const moves = before === scene.priority[r] ? 0 : roundedTwice(scene);
  scene.wait[r] = Math.min(scene.wait[r] ?? 0, wait) - moves;
}

export function resigned(scene: Scene, at: number, r: number, by: number): void {
  scene.restart[r] = at;
  scene.restartBy[r] = by;
  scene.wait[r] = leastSkew(scene, r);
  if (usesOldConfig(scene, at, r)) scene.wait[r] = (scene.wait[r] ?? 0) - roundedTwice(scene);
}

/** FRR rounds down to centiseconds, once for the timer and once for its change (us). */
export function roundedTwice({ facts }: Scene): number {
  return facts.profile === 'frr' ? 10_000 : 0;
}

export function leastSkew(scene: Scene, r: number): number {
  const { facts } = scene;
  const own = intervalOf(scene, r);
  return least(facts, skew(facts.profile, scene.priority[r] ?? 0, own, leastLearnt(scene, r)));
}

/** If the old and the new file give the same priority, the router reports none: set the expected value. */
export function claimsAgain(scene: Scene, r: number): void {
  const base = scene.routers[r]?.priority ?? 0;
  setPriority(scene, r, base + tracked(scene, r), base);
}

/** The priority of an owner never changes; every other one stays within 1..254. */
export function setPriority(scene: Scene, r: number, wanted: number, base = wanted): void {
  const next = base === 255 ? 255 : Math.max(1, Math.min(254, wanted));
  const before = scene.priority[r] ?? 0;
  if (next === before) return;
  scene.priority[r] = next;
  scene.fullWait[r] = Number.NaN;
  if (scene.roles[r] !== 'BACKUP') return;
  // A running timer moves by the difference of the skews, or not at all: only the shorter wait is certain.
  const { facts } = scene;
  const skewed = leastSkew(scene, r);
  const full = leastDown(scene, r, scene.learnt[r] ?? 0);
  const wait = scene.wait[r] ?? 0;
  const isShort = wait < facts.downAdverts * (scene.learnt[r] ?? 0) * (1 - facts.rateError);
  // An advert at the end of a pause may have taught it any interval.
  const moves = usesOldConfig(scene, scene.resumedAt[r] ?? 0, r)
    ? skewBetween(scene, before, next)
    : 0;
  scene.wait[r] = Math.min(wait - moves, isShort ? skewed : full) - roundedTwice(scene);
}

function skewBetween({ facts, longest }: Scene, before: number, next: number): number {
  const most = skew(facts.profile, before, longest, longest);
  return Math.max(0, most - skew(facts.profile, next, longest, longest));
}

/** It stepped down before it read an advert of this instant: as a Backup it may have obeyed that advert. */
export function steppedDownBeforeAdvert(scene: Scene, r: number): void {
  const { losing, learnt } = scene;
  learn(scene, r, Math.min(learnt[r] ?? 0, losing[r] ?? Number.POSITIVE_INFINITY));
  scene.wait[r] = leastSkew(scene, r);
}
