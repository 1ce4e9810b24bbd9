/**
 * How often each class of event came about in the elections. A campaign that never saw a merge has not tested merges,
 * independent of its invariants.
 */
import type { ElectionChange } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import { down, isVersion2 } from './arithmetic.ts';
import type { Monitor } from './monitor.ts';
import { beats, can, hears, intervalOf, isActive, type Scene } from './scene.ts';

/** The classes; the first eight are the legal kinds of dual Active. */
export const CLASSES = [
  'dual-simultaneous',
  'dual-preemption',
  'dual-lossy-path',
  'dual-partition',
  'dual-one-way',
  'dual-pause',
  'dual-shorter-interval',
  'dual-mismatch',
  'tie',
  'merge',
  'merge-nopreempt',
  'nobody-crash',
  'nobody-fault',
  'priority-zero-lost',
  'two-losses-survived',
  'priority-zero-takeover',
  'no-response-takeover',
  'stalled',
  'silenced',
  'owner-start',
  'weight-crossing',
  'nopreempt-stays',
  'preempt-delay',
  'sync-group',
  'address-decided',
  'settled',
] as const;

export type CoverageClass = (typeof CLASSES)[number];
export type Counts = Readonly<Record<CoverageClass, number>>;
type Tally = Record<CoverageClass, number>;
type RoleChange = Extract<ElectionChange, { kind: 'role' }>;

export function noCounts(): Tally {
  return Object.fromEntries(CLASSES.map((name) => [name, 0])) as Tally;
}

export function addCounts(to: Tally, from: Counts): void {
  for (const name of CLASSES) to[name] += from[name];
}

/** Counts into `counts`; passed to `watchElection` in addition to the invariants. */
export function coverage(counts: Tally): (scene: Scene) => Monitor {
  return (scene) => {
    const streak = new Array<number>(scene.size * scene.size).fill(0);
    const pesteredAt = new Array<number>(scene.size).fill(Number.NEGATIVE_INFINITY);
    return {
      on: {
        role(at, change) {
          if (isSilenced(scene, pesteredAt, at, change)) counts.silenced++;
          roleChanged(scene, counts, at, change);
        },
        garbage(at, { router }) {
          pesteredAt[router] = at;
        },
        stalled() {
          counts.stalled++;
        },
        reach(_at, { from, to, reaches }) {
          (reaches ? merged : cut)(scene, counts, from, to);
        },
        process(at, { router, what }) {
          if (what !== 'crash' || scene.leftAt[router] !== at) return;
          if (scene.roles.filter((role) => role === 'MASTER').length <= 1) counts['nobody-crash']++;
        },
        'claimed-priority'(_at, { router }) {
          const isCrossed = scene.routers.some((_, r) => crosses(scene, r, router));
          if (isActive(scene, router) && isCrossed) counts['weight-crossing']++;
        },
      },
      heard(_at, _virtual, router, from, priority) {
        const path = from * scene.size + router;
        const isKept = scene.roles[router] === 'BACKUP' && isActive(scene, from);
        if ((streak[path] ?? 0) >= 2 && priority > 0 && isKept) counts['two-losses-survived']++;
        streak[path] = 0;
      },
      missed(_at, _virtual, router, from, priority) {
        const path = from * scene.size + router;
        if (scene.reach[path] === 0 || scene.runs[router] !== 1) return;
        streak[path] = (streak[path] ?? 0) + 1;
        if (priority === 0) counts['priority-zero-lost']++;
      },
      settled() {
        settledOnce(scene, counts);
      },
    };
  };
}

/** keepalived: refused packets delay the next advert, until a Backup misses it. */
function isSilenced(
  scene: Scene,
  pesteredAt: number[],
  at: Instant,
  { router, cause }: RoleChange,
): boolean {
  if (scene.facts.profile !== 'keepalived' || cause !== 'no-response') return false;
  return scene.routers.some(
    ({ interval }, r) => r !== router && isActive(scene, r) && at - (pesteredAt[r] ?? 0) < interval,
  );
}

function settledOnce(scene: Scene, counts: Tally): void {
  counts.settled++;
  const active = scene.incumbent;
  if (active < 0) return;
  const own = scene.priority[active] ?? 0;
  for (let r = 0; r < scene.size; r++) {
    if (r === active || !can(scene, r) || !hears(scene, active, r)) continue;
    const other = scene.priority[r] ?? 0;
    if (other === own) counts.tie++;
    if (other > own && scene.routers[r]?.preempt === false) counts['nopreempt-stays']++;
  }
}

function crosses(scene: Scene, r: number, active: number): boolean {
  return r !== active && can(scene, r) && (scene.priority[r] ?? 0) > (scene.priority[active] ?? 0);
}

function merged(scene: Scene, counts: Tally, a: number, b: number): void {
  if (!isActive(scene, a) || !isActive(scene, b) || !hears(scene, a, b)) return;
  counts.merge++;
  if (scene.routers[a]?.preempt === false && scene.routers[b]?.preempt === false)
    counts['merge-nopreempt']++;
}

function cut(scene: Scene, counts: Tally, a: number, b: number): void {
  if (!isActive(scene, a) || !isActive(scene, b)) return;
  const isOneWay = hears(scene, a, b) || hears(scene, b, a);
  counts[isOneWay ? 'dual-one-way' : 'dual-partition']++;
}

function roleChanged(scene: Scene, counts: Tally, at: Instant, change: RoleChange): void {
  const { to, from, cause } = change;
  if (to === 'FAULT' && scene.roles.every((role) => role === 'FAULT' || role === 'DOWN'))
    counts['nobody-fault']++;
  if (cause === 'higher-address') counts['address-decided']++;
  if (cause === 'sync-group') counts['sync-group']++;
  if (cause === 'owner') counts['owner-start']++;
  if (cause === 'preempted') counts['preempt-delay']++;
  if (to !== 'MASTER') return;
  if (cause === 'priority-zero') counts['priority-zero-takeover']++;
  if (cause === 'no-response') counts['no-response-takeover']++;
  for (let s = 0; s < scene.size; s++)
    if (s !== change.router && isActive(scene, s)) counts[kindOf(scene, at, change, s, from)]++;
}

/** The kind of dual Active that begins when `second` becomes Active in addition to `first`. */
function kindOf(
  scene: Scene,
  at: Instant,
  { router: second }: RoleChange,
  first: number,
  from: string,
): CoverageClass {
  const { facts, size } = scene;
  if (scene.runs[first] === 2 || scene.resumedAt[first] === at) return 'dual-pause';
  if (scene.reach[first * size + second] === 0)
    return scene.reach[second * size + first] === 0 ? 'dual-partition' : 'dual-one-way';
  if (scene.reach[second * size + first] === 0) return 'dual-one-way';
  if (!hears(scene, first, second)) return 'dual-mismatch';
  if ((scene.lost[first * size + second] ?? 0) > 0) return 'dual-lossy-path';
  if (at - (scene.since[first] ?? 0) <= facts.delayMost + facts.lateness)
    return 'dual-simultaneous';
  const own = intervalOf(scene, second);
  const wait = down(facts, scene.priority[second] ?? 0, own, own);
  const isShort = !isVersion2(facts.profile) && wait < intervalOf(scene, first);
  if (from === 'BACKUP' && scene.restartBy[second] === -1 && isShort)
    return 'dual-shorter-interval';
  return beats(scene, second, first) ? 'dual-preemption' : 'dual-lossy-path';
}
