/** S1: the state machine of RFC 9568 6.4, with keepalived's FAULT. */
import type { ElectionChange, Role } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { usesOldConfig } from '../down-timer.ts';
import { always, type Invariant } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';

type RoleChange = Extract<ElectionChange, { kind: 'role' }>;

/** The roles that may follow each role. A process that has just started is in INIT first. */
const EDGES: Readonly<Record<Role, readonly Role[]>> = {
  DOWN: ['INIT', 'BACKUP', 'FAULT', 'MASTER'],
  INIT: ['BACKUP', 'MASTER', 'FAULT', 'DOWN'],
  BACKUP: ['MASTER', 'FAULT', 'INIT', 'DOWN'],
  MASTER: ['BACKUP', 'FAULT', 'INIT', 'DOWN'],
  FAULT: ['BACKUP', 'MASTER', 'INIT', 'DOWN', 'FAULT'],
};

/** Causes by which an Active may become Backup without a better advert. */
const STEPS_DOWN = ['sync-group', 'stalled'];
/** Causes from its own timer, by which a Backup may become Active (judged by S2). */
const TIMER = ['no-response', 'priority-zero', ''];

export const S1: Invariant = {
  id: 'S1',
  title: 'only edges of the state machine',
  rule: `
    Always: a router follows only edges of the state machine. It goes from startup to Active only
    as an owner (priority 255), or if a process replaces one that died. It goes from Backup to
    Active by its own timer, with its sync group, or on a lower advert of the router it obeyed
    once preempt_delay is over. It goes from Active to Backup only within g of an accepted advert
    with the greater (priority, address), with its sync group, or because it found itself stalled.
    If the stream gives no causes, the adverts that were heard decide.
  `,
  source: 'RFC 9568 6.4.1-6.4.3',
  applies: always,
  watch(scene, report) {
    const known: Role[] = [...scene.roles];
    return {
      on: {
        role(at, change) {
          const because = wrong(scene, at, change, known[change.router] ?? 'DOWN');
          known[change.router] = change.to;
          if (because !== undefined) report(at, [change.router], because);
        },
      },
    };
  },
};

function wrong(scene: Scene, at: Instant, change: RoleChange, known: Role): string | undefined {
  const { router, from, to, cause } = change;
  const who = nameOf(scene, router);
  if (from !== known) return `${who} left ${from} for ${to}, but was in ${known}`;
  if (!EDGES[from].includes(to)) return `${who} went from ${from} to ${to}`;
  if (to === 'MASTER') return wronglyActive(scene, at, change);
  if (from !== 'MASTER' || to !== 'BACKUP' || STEPS_DOWN.includes(cause)) return undefined;
  const slack = cause === '' ? scene.facts.lateness : 0;
  if (at - (scene.betterAt[router] ?? 0) <= slack) return undefined;
  return `${who} gave way (${cause || 'no cause'}) without an advert that beats it`;
}

function wronglyActive(
  scene: Scene,
  at: Instant,
  { router, from, cause }: RoleChange,
): string | undefined {
  const who = nameOf(scene, router);
  const facts = scene.routers[router];
  if (from !== 'BACKUP') {
    if (facts?.priority === 255 || cause === 'resumed') return undefined;
    // By its old configuration it may own the addresses: a paused router reads the new file after its queue.
    if (cause === 'owner' && usesOldConfig(scene, at, router)) return undefined;
    if (cause === 'sync-group' && scene.facts.virtuals > 1) return undefined;
    return `${who} went from ${from} to MASTER, but does not own the addresses`;
  }
  if (TIMER.includes(cause) || facts?.priority === 255) return undefined;
  if (cause === 'sync-group' && scene.facts.virtuals > 1) return undefined;
  if (cause === 'preempted') return wronglyPreempted(scene, at, router);
  return `${who} went from BACKUP to MASTER because of ${cause}`;
}

function wronglyPreempted(scene: Scene, at: Instant, r: number): string | undefined {
  const who = nameOf(scene, r);
  const isLower = scene.lowerAt[r] === at || scene.resumedAt[r] === at;
  if (scene.routers[r]?.preemptDelay === 0 || !isLower)
    return `${who} preempted without a preempt_delay that a lower advert ended`;
  const obeyed = surelyObeys(scene, r);
  const lower = scene.lowerBy[r] ?? -1;
  if (obeyed === undefined || obeyed === lower) return undefined;
  return `${who} preempted ${nameOf(scene, lower)}, but obeyed ${nameOf(scene, obeyed)}`;
}

/** The sender of the advert that last restarted the timer of a Backup; undefined: none, or not known. */
function surelyObeys(scene: Scene, r: number): number | undefined {
  if (scene.perhaps[r] !== Number.POSITIVE_INFINITY) return undefined;
  const restart = scene.restart[r] ?? 0;
  // It reads adverts from its pause by its new role. A resignation counts from any sender.
  if (restart <= (scene.resumedAt[r] ?? 0) || restart === scene.zeroAt[r]) return undefined;
  const by = scene.restartBy[r] ?? -1;
  return by < 0 ? undefined : by;
}
