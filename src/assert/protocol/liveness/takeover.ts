/** The expectation of L2, L3, L4, L6 and L7: after one event without other disturbances, a router takes over in time. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { disturbs } from '../disturbance.ts';
import type { Monitor, Report } from '../monitor.ts';
import { can, nameOf, preempts, type Scene } from '../scene.ts';

export interface Expected {
  /** Bounds of the time of the first takeover. */
  readonly least: number;
  readonly most: number;
  /** The router that takes over; undefined: any. */
  readonly who?: number;
  /** Stays Active until then: the gap is 0. */
  readonly keeps?: number;
  /** `after the crash of a`. */
  readonly what: string;
}

type RoleChange = Extract<ElectionChange, { kind: 'role' }>;

interface Open extends Expected {
  readonly from: Instant;
}

/** The expectation after a change without other disturbances. */
export type Begins = (at: Instant, change: ElectionChange) => Expected | undefined;

/**
 * The expectation is void after the next disturbance, a lost advert included; then only what was already overdue is
 * judged.
 */
export function expectTakeover(scene: Scene, report: Report, begins: Begins): Monitor {
  let open: Open | undefined;
  const say = (at: Instant, routers: readonly number[], because: string): void => {
    open = undefined;
    report(at, routers, because);
  };
  const overdue = (at: Instant): void => {
    if (open === undefined || at <= open.most) return;
    const routers = open.who === undefined ? [] : [open.who];
    say(at, routers, `nobody took over ${open.what} within ${length(open, Math.floor(open.most))}`);
  };
  const begin = (at: Instant, change: ElectionChange): void => {
    const begun = isFirst(scene, at) ? begins(at, change) : undefined;
    open = begun && { ...begun, from: at };
  };
  const roleChanged = (at: Instant, { router, from, to }: RoleChange): void => {
    if (open === undefined) return;
    if (to === 'MASTER' && (open.who ?? router) === router) {
      if (at < open.least || at > open.most) say(at, [router], late(scene, open, at, router));
      open = undefined;
    } else if (from === 'MASTER' && router === open.keeps && to !== 'BACKUP') {
      // Another event ended it.
      open = undefined;
    } else if (from === 'MASTER' && router === open.keeps) {
      const because = `${nameOf(scene, router)} left Active before anybody took over ${open.what}`;
      say(at, [router], because);
    }
  };
  return {
    change(at, change) {
      if (open !== undefined && scene.quietFrom > open.from) {
        if (scene.quietFrom > open.most) overdue(at);
        open = undefined;
      }
      if (scene.crowdedAt === open?.from) open = undefined;
      if (change.kind === 'role') roleChanged(at, change);
      else if (disturbs(scene, change)) begin(at, change);
    },
    settled: overdue,
    ends: overdue,
  };
}

/** The change alone disturbed a settled scene at this instant. */
function isFirst(scene: Scene, at: Instant): boolean {
  if (scene.crowdedAt === at || scene.incumbent < 0) return false;
  return scene.unsettledAt === at && scene.quietFrom === at;
}

function late(scene: Scene, open: Open, at: Instant, router: number): string {
  const allowed = `${length(open, Math.ceil(open.least))} to ${length(open, Math.floor(open.most))}`;
  return `${nameOf(scene, router)} took over ${length(open, at)} ${open.what}, allowed: ${allowed}`;
}

function length({ from }: Open, to: number): string {
  return `${to - from} us`;
}

/** The least of a quantity over the routers that can run, except one; undefined: there are none. */
export function leastOf(
  scene: Scene,
  but: number,
  quantity: (r: number) => number | undefined,
): number | undefined {
  let found: number | undefined;
  for (let r = 0; r < scene.size; r++) {
    if (r === but || !can(scene, r) || scene.roles[r] !== 'BACKUP') continue;
    const value = quantity(r);
    if (value !== undefined && (found === undefined || value < found)) found = value;
  }
  return found;
}

/** r preempts m with the priorities as they are. */
export function rises(scene: Scene, r: number, m: number): boolean {
  return preempts(scene, r) && (scene.priority[r] ?? 0) > (scene.priority[m] ?? 0);
}

/** A router has a preempt_delay: whether it waits depends on how long it has been Backup. */
export function isDelayed(scene: Scene): boolean {
  return scene.routers.some(({ preemptDelay }) => preemptDelay > 0);
}
