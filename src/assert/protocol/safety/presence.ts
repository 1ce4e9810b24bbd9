/** S7: the Active holds the addresses, and announces them. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { always, byRouter, type Invariant, type Report } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';

export const S7: Invariant = {
  id: 'S7',
  title: 'addresses follow the role',
  rule: `
    Always: a router holds the virtual addresses if and only if it is Active, except for up to g
    around a change of either. At least one announcement (gratuitous ARP or NA) of each address
    leaves within g of becoming Active, and none more than g before the addresses are installed or
    after they are gone. A crash of the node removes its addresses. Not judged while timers are
    late (noise) or the process is paused.
  `,
  source: 'RFC 9568 6.4.1-6.4.3, 8.3',
  addresses: true,
  applies: always,
  watch(scene, report) {
    const state = stateOf(scene, report);
    const judge = (at: Instant): void => judgeAll(state, at);
    return { change: (at, change) => follow(state, at, change), settled: judge, ends: judge };
  },
};

/** By router; NaN: no error. */
function stateOf(scene: Scene, report: Report) {
  return {
    scene,
    report,
    installed: byRouter(scene, 0),
    /** Since when the addresses and the role of a running process disagree (Infinity: reported), and how. */
    differs: byRouter(scene),
    odds: [] as string[],
    announcedAt: byRouter(scene, Number.NEGATIVE_INFINITY),
    withdrawnAt: byRouter(scene, Number.NEGATIVE_INFINITY),
    /** When it became Active without an announcement yet. */
    mute: byRouter(scene),
    /** Its first announcement without the addresses. */
    strayAt: byRouter(scene),
  };
}
type Presence = ReturnType<typeof stateOf>;

const MUTE = 'became Active and did not announce the addresses';
const STRAY = 'announced the addresses without having them';

function follow(state: Presence, at: Instant, change: ElectionChange): void {
  const { scene, installed, announcedAt, withdrawnAt, mute, strayAt } = state;
  switch (change.kind) {
    case 'install':
    case 'withdraw':
      if (change.kind === 'install') end(state, strayAt, at, change.router, STRAY);
      else withdrawnAt[change.router] = at;
      installed[change.router] = change.kind === 'install' ? 1 : 0;
      compare(state, at, change.router);
      return;
    case 'announce':
      announcedAt[change.router] = at;
      if (change.count === 0) return;
      end(state, mute, at, change.router, MUTE);
      announced(state, at, change.router);
      return;
    case 'role': {
      const { router: r, from, to } = change;
      const isAnnounced = at - (announcedAt[r] ?? 0) <= scene.facts.lateness;
      if (to === 'MASTER') mute[r] = isAnnounced ? Number.NaN : at;
      else if (from === 'MASTER') end(state, mute, at, r, MUTE);
      compare(state, at, r);
      return;
    }
    case 'process':
      if (change.what === 'crash') {
        installed[change.router] = 0;
        withdrawnAt[change.router] = at;
      }
      forgive(state, at, change.router);
      return;
    case 'noise':
      for (let r = 0; r < scene.size; r++) forgive(state, at, r);
      return;
    default:
  }
}

/** A delay is reported when it ends, or when it is judged. */
function end(state: Presence, since: number[], at: Instant, r: number, what: string): void {
  const { scene, report } = state;
  const then = since[r] as Instant;
  since[r] = Number.NaN;
  const { lateness } = scene.facts;
  if (scene.noise || !(at - then > lateness)) return;
  report(at, [r], `${nameOf(scene, r)} ${what}`, { since: then, allowed: lateness });
}

function endDiffers(state: Presence, at: Instant, r: number): void {
  const { odds, differs } = state;
  end(state, differs, at, r, `was ${odds[r]} for ${at - (differs[r] ?? at)} us`);
}

/** Clears delays; a remaining difference counts from now on, if a process runs that can change it. */
function forgive(state: Presence, at: Instant, r: number): void {
  state.mute[r] = Number.NaN;
  state.strayAt[r] = Number.NaN;
  state.differs[r] = Number.NaN;
  compare(state, at, r);
}

/** Only a running process can make addresses and role agree. */
function compare(state: Presence, at: Instant, r: number): void {
  const { scene, installed, differs, odds } = state;
  const holds = installed[r] === 1;
  if (scene.runs[r] !== 1) differs[r] = Number.NaN;
  else if (holds === (scene.roles[r] === 'MASTER')) endDiffers(state, at, r);
  else if (Number.isNaN(differs[r])) {
    differs[r] = at;
    odds[r] = `${scene.roles[r]} ${holds ? 'with' : 'without'} the addresses`;
  }
}

/** Events of the kernel and the wire come in either order: the addresses may follow within g. */
function announced({ scene, installed, withdrawnAt, strayAt }: Presence, at: Instant, r: number) {
  if (scene.runs[r] !== 1 || installed[r] === 1 || scene.noise) return;
  if (at - (withdrawnAt[r] ?? 0) <= scene.facts.lateness) return;
  if (Number.isNaN(strayAt[r])) strayAt[r] = at;
}

function judgeAll(state: Presence, at: Instant): void {
  const { scene, differs, mute, strayAt } = state;
  const isLate = (since: number | undefined): boolean => at - (since ?? at) > scene.facts.lateness;
  for (let r = 0; r < scene.size; r++) {
    if (scene.noise || scene.runs[r] !== 1) continue;
    if (isLate(strayAt[r])) end(state, strayAt, at, r, STRAY);
    if (isLate(mute[r])) end(state, mute, at, r, MUTE);
    if (!isLate(differs[r])) continue;
    endDiffers(state, at, r);
    differs[r] = Number.POSITIVE_INFINITY;
  }
}
