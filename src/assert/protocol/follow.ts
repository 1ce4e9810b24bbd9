/** How a scene follows the stream. What adverts do is on the hot path: no allocation, no calls in vain. */
import type { ElectionChange } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import { down, isVersion2, least, most, skew } from './arithmetic.ts';
import { intervalOf, type Scene, stabilises, tracked } from './scene.ts';

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
    if (!beaten || isBacklog(scene, at, router)) scene.losing[router] = interval;
    if (!beaten && !isExcused(scene, at, router, priority)) return;
    scene.betterAt[router] = at;
    scene.betterBy[router] = from;
    // By which priority it was judged nobody can say: then the shorter interval stays.
    const sure = !isBacklog(scene, at, router) || interval < (scene.learnt[router] ?? 0);
    if (beaten && sure) learn(scene, router, interval);
  }
}

function isBeaten(scene: Scene, r: number, by: number, priority: number): boolean {
  const own = scene.priority[r] ?? 0;
  return priority > own || (priority === own && isGreaterAddress(scene, by, r));
}

function followAsBackup(
  scene: Scene,
  at: Instant,
  router: number,
  from: number,
  lower: boolean,
  interval: number,
): void {
  if (lower && preempts(scene, router) && !surelyWaits(scene, at, router)) {
    if (mayWait(scene, at, router) || readsBacklog(scene, at, router))
      perhapsRestarted(scene, at, router, interval);
    return;
  }
  if (isBacklog(scene, at, router)) {
    perhapsRestarted(scene, at, router, interval);
    return;
  }
  learn(scene, router, interval);
  restarted(scene, at, router, from);
}

/** It was configured while it was paused: which of its backlog it judges by the new priority nobody can say. */
export function isBacklog(scene: Scene, at: number, r: number): boolean {
  return at === scene.resumedAt[r] && (scene.reconfiguredAt[r] ?? 0) >= (scene.pausedAt[r] ?? at);
}

/** What was configured while it was paused a router takes up only after its backlog: the lower one counts then. */
function isExcused(scene: Scene, at: number, r: number, priority: number): boolean {
  const own = scene.priority[r] ?? 0;
  return at === scene.resumedAt[r] && priority >= Math.min(own, scene.priorityBefore[r] ?? own);
}

function preempts(scene: Scene, r: number): boolean {
  const one = scene.routers[r];
  return one === undefined || one.preempt || one.priority === 255;
}

/** preempt_delay: whether it is over depends on the router's clock; only what is certain counts. */
function surelyWaits(scene: Scene, at: number, r: number): boolean {
  const delay = scene.routers[r]?.preemptDelay ?? 0;
  return delay > 0 && at - (scene.since[r] ?? 0) < least(scene.facts, delay);
}

/** What was configured meanwhile may have made it obey what it would ignore now. */
function readsBacklog(scene: Scene, at: number, r: number): boolean {
  return at === scene.resumedAt[r] && scene.priorityBefore[r] !== scene.priority[r];
}

function mayWait(scene: Scene, at: number, r: number): boolean {
  const delay = scene.routers[r]?.preemptDelay ?? 0;
  return delay > 0 && at - (scene.since[r] ?? 0) <= most(scene.facts, delay) + scene.facts.lateness;
}

/** Whether it obeyed the lower advert nobody can say: only what is certain either way stays. */
function perhapsRestarted(scene: Scene, at: number, r: number, interval: number): void {
  const { facts } = scene;
  const own = intervalOf(scene, r);
  const wait = least(facts, down(facts, scene.priority[r] ?? 0, own, interval));
  scene.perhaps[r] = Math.min(scene.perhaps[r] ?? interval, interval);
  scene.fullWait[r] = Number.NaN;
  if (at + wait >= (scene.restart[r] ?? 0) + (scene.wait[r] ?? 0)) return;
  scene.restart[r] = at;
  scene.wait[r] = wait;
}

function isGreaterAddress(scene: Scene, a: number, b: number): boolean {
  return (scene.routers[a]?.address ?? 0) > (scene.routers[b]?.address ?? 0);
}

function learn(scene: Scene, r: number, interval: number): void {
  if (scene.perhaps[r] !== Number.POSITIVE_INFINITY) {
    scene.perhaps[r] = Number.POSITIVE_INFINITY;
    scene.fullWait[r] = Number.NaN;
  }
  if (scene.learnt[r] === interval || isVersion2(scene.facts.profile)) return;
  scene.learnt[r] = interval;
  scene.fullWait[r] = Number.NaN;
}

/** What it has learnt, or the shorter one that it may have. */
function leastLearnt(scene: Scene, r: number): number {
  return Math.min(scene.learnt[r] ?? 0, scene.perhaps[r] ?? Number.POSITIVE_INFINITY);
}

function restarted(scene: Scene, at: number, r: number, by: number): void {
  let wait = scene.fullWait[r] ?? Number.NaN;
  if (Number.isNaN(wait)) {
    const { facts } = scene;
    const own = intervalOf(scene, r);
    wait = least(facts, down(facts, scene.priority[r] ?? 0, own, leastLearnt(scene, r)));
    scene.fullWait[r] = wait;
  }
  scene.restart[r] = at;
  scene.wait[r] = wait;
  scene.restartBy[r] = by;
}

/** It goes by what was configured before it was paused until it has read the new file. */
function shortened(scene: Scene, r: number): void {
  const { facts } = scene;
  const before = scene.priorityBefore[r] ?? 0;
  const wait = least(facts, down(facts, before, intervalOf(scene, r), scene.learnt[r] ?? 0));
  const moves = before === scene.priority[r] ? 0 : roundedTwice(scene);
  scene.wait[r] = Math.min(scene.wait[r] ?? 0, wait) - moves;
}

function resigned(scene: Scene, at: number, r: number, by: number): void {
  scene.restart[r] = at;
  scene.restartBy[r] = by;
  scene.wait[r] = leastSkew(scene, r);
  if (isBacklog(scene, at, r)) scene.wait[r] = (scene.wait[r] ?? 0) - roundedTwice(scene);
}

/** FRR's rounding down, once for the timer and once for what moves it (us). */
export function roundedTwice({ facts }: Scene): number {
  return facts.profile === 'frr' ? 10_000 : 0;
}

function leastSkew(scene: Scene, r: number): number {
  const { facts } = scene;
  const own = intervalOf(scene, r);
  return least(facts, skew(facts.profile, scene.priority[r] ?? 0, own, leastLearnt(scene, r)));
}

/** A lost advert moves the surroundings only if the path is whole and somebody could have read it. */
export function followMissed(scene: Scene, at: Instant, router: number, from: number): void {
  const path = from * scene.size + router;
  scene.lost[path] = (scene.lost[path] ?? 0) + 1;
  if (scene.runs[router] !== 1 || scene.link[router] === 0) return;
  if (scene.reach[path] === 0 || scene.link[from] === 0) return;
  disturb(scene, at);
}

/** Something moved: T_stab begins anew. */
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

/** The adverts of the only Active that were not told: the last of them reached everybody who hears it. */
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

/** Follows a change; `true`: it is about this virtual router. */
export function followChange(scene: Scene, at: Instant, change: ElectionChange): boolean {
  switch (change.kind) {
    case 'role':
      if (change.virtual !== scene.virtual) return false;
      followRole(scene, at, change);
      return true;
    case 'install':
    case 'withdraw':
    case 'announce':
    case 'learnt':
    case 'deaf':
    case 'owner-conflict':
      return change.virtual === scene.virtual;
    case 'stalled':
      if (change.virtual !== scene.virtual) return false;
      scene.stalledAt[change.router] = at;
      // An advert of this instant was told before, and is taken after it.
      if (scene.roles[change.router] === 'BACKUP' && scene.heardAt[change.router] !== at)
        restarted(scene, at, change.router, -1);
      return true;
    case 'garbage':
      // keepalived: any packet restarts its Adver_Timer, so it can be silenced.
      if (change.virtual !== scene.virtual) return false;
      if (scene.facts.profile === 'keepalived') moved(scene, at);
      return true;
    case 'claimed-priority':
      if (change.virtual !== scene.virtual) return false;
      setPriority(scene, change.router, change.priority);
      moved(scene, at);
      return true;
    case 'check-started':
    case 'check-ended':
    case 'check-timed-out':
    case 'check-cause':
    case 'wall-clock':
      return true;
    case 'priority':
      moved(scene, at);
      return true;
    default:
      followSurroundings(scene, at, change);
      moved(scene, at);
      return true;
  }
}

function followSurroundings(
  scene: Scene,
  at: number,
  change: Extract<
    ElectionChange,
    { kind: 'process' | 'link' | 'reach' | 'noise' | 'configured' | 'check-verdict' }
  >,
): void {
  switch (change.kind) {
    case 'process':
      followProcess(scene, at, change.router, change.what);
      return;
    case 'link':
      scene.link[change.router] = change.up ? 1 : 0;
      return;
    case 'reach':
      setReach(scene, change.from * scene.size + change.to, change.reaches ? 1 : 0);
      return;
    case 'noise':
      scene.noise = change.on;
      scene.noiseAt = at;
      return;
    case 'configured':
      scene.reconfiguredAt[change.router] = at;
      configured(scene, change.router, change.facts);
      return;
    default:
      scene.verdict[change.router] = change.up ? 1 : 0;
      if (isBacklog(scene, at, change.router)) claimsAgain(scene, change.router);
  }
}

/** By the old file and the new one its priority may be the same: then it need not say so. */
function claimsAgain(scene: Scene, r: number): void {
  const base = scene.routers[r]?.priority ?? 0;
  setPriority(scene, r, base + tracked(scene, r), base);
}

function setReach(scene: Scene, path: number, reaches: 0 | 1): void {
  scene.cuts += (scene.reach[path] ?? 1) - reaches;
  scene.reach[path] = reaches;
}

function followProcess(
  scene: Scene,
  at: number,
  r: number,
  what: Extract<ElectionChange, { kind: 'process' }>['what'],
): void {
  if (what === 'resume') scene.resumedAt[r] = at;
  if (what === 'pause') {
    scene.pausedAt[r] = at;
    scene.priorityBefore[r] = scene.priority[r] ?? 0;
  }
  scene.runs[r] = what === 'pause' ? 2 : what === 'start' || what === 'resume' ? 1 : 0;
  if (what === 'pause' || what === 'resume') return;
  const one = scene.routers[r];
  scene.unfit[r] = 0;
  scene.verdict[r] = -1;
  setPriority(scene, r, one?.priority ?? 0);
  if (what !== 'start' && scene.roles[r] === 'MASTER') scene.leftAt[r] = at;
}

function configured(
  scene: Scene,
  r: number,
  facts: Extract<ElectionChange, { kind: 'configured' }>['facts'],
): void {
  const before = scene.routers[r];
  scene.routers[r] = facts;
  if (facts.interval > scene.longest) scene.longest = facts.interval;
  setPriority(scene, r, facts.priority + tracked(scene, r), facts.priority);
  // A paused router takes it up only after its backlog.
  if (scene.runs[r] !== 2) scene.priorityBefore[r] = scene.priority[r] ?? facts.priority;
  if (before?.interval === facts.interval) return;
  scene.learnt[r] = facts.interval;
  scene.fullWait[r] = Number.NaN;
  // A Backup waits anew; when exactly it read its configuration is its own matter.
  scene.wait[r] = Math.min(scene.wait[r] ?? 0, leastSkew(scene, r));
}

/** An owner is never moved; anybody else stays within 1..254. */
function setPriority(scene: Scene, r: number, wanted: number, base = wanted): void {
  const next = base === 255 ? 255 : Math.max(1, Math.min(254, wanted));
  const before = scene.priority[r] ?? 0;
  if (next === before) return;
  scene.priority[r] = next;
  scene.fullWait[r] = Number.NaN;
  if (scene.roles[r] !== 'BACKUP') return;
  // A running timer moves by the difference of the skews, or not at all: the shorter of both is certain.
  const { facts } = scene;
  const skewed = leastSkew(scene, r);
  const full = least(facts, down(facts, next, intervalOf(scene, r), scene.learnt[r] ?? 0));
  const wait = scene.wait[r] ?? 0;
  const isShort = wait < facts.downAdverts * (scene.learnt[r] ?? 0) * (1 - facts.rateError);
  // What was heard at the end of a pause may have taught it any interval.
  const moves = isBacklog(scene, scene.resumedAt[r] ?? 0, r) ? skewBetween(scene, before, next) : 0;
  scene.wait[r] = Math.min(wait - moves, isShort ? skewed : full) - roundedTwice(scene);
}

function skewBetween({ facts, longest }: Scene, before: number, next: number): number {
  const most = skew(facts.profile, before, longest, longest);
  return Math.max(0, most - skew(facts.profile, next, longest, longest));
}

function followRole(
  scene: Scene,
  at: number,
  { router: r, from, to, cause }: Extract<ElectionChange, { kind: 'role' }>,
): void {
  scene.roles[r] = to;
  scene.since[r] = at;
  if (from === 'MASTER') scene.leftAt[r] = at;
  // Where a stream has no causes a FAULT is taken at its word.
  const excuses = cause === 'send-failed' || cause === 'host-failed' || cause === '';
  const fits = to === 'FAULT' && excuses ? 1 : 0;
  if (fits !== scene.unfit[r]) {
    scene.unfit[r] = fits;
    moved(scene, at);
  }
  if (to === 'BACKUP') {
    if (from !== 'MASTER') {
      learn(scene, r, intervalOf(scene, r));
    }
    restarted(scene, at, r, from === 'MASTER' ? (scene.betterBy[r] ?? -1) : -1);
    if (at === scene.resumedAt[r]) shortened(scene, r);
    const unclear = cause === 'stalled' || isBacklog(scene, at, r);
    if (unclear && scene.heardAt[r] === at) stalledBeforeIt(scene, r);
  }
  if (scene.settled) scene.settlesAt = at;
}

/** It was told an advert, and stepped down before it took it: as a Backup it may have obeyed it. */
function stalledBeforeIt(scene: Scene, r: number): void {
  const { losing, learnt } = scene;
  learn(scene, r, Math.min(learnt[r] ?? 0, losing[r] ?? Number.POSITIVE_INFINITY));
  scene.wait[r] = leastSkew(scene, r);
}
