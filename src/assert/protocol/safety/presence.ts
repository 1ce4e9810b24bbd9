/** S7: the Active holds the addresses, and announces them. */
import type { Instant } from '../../../time.ts';
import { always, type ByKind, byRouter, type Invariant, type Report } from '../monitor.ts';
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
  applies: always,
  watch(scene, report) {
    const state = stateOf(scene, report);
    const judge = (at: Instant): void => judgeAll(state, at);
    return { on: follow(state), settled: judge, ends: judge };
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

function follow(state: Presence): ByKind {
  const { scene, installed, announcedAt, withdrawnAt, mute, strayAt } = state;
  return {
    install(at, { router: r }) {
      end(state, strayAt, at, r, STRAY);
      installed[r] = 1;
      compare(state, at, r);
    },
    withdraw(at, { router: r }) {
      withdrawnAt[r] = at;
      installed[r] = 0;
      compare(state, at, r);
    },
    announce(at, { router: r, count }) {
      announcedAt[r] = at;
      if (count === 0) return;
      end(state, mute, at, r, MUTE);
      announced(state, at, r);
    },
    role(at, { router: r, from, to }) {
      const isAnnounced = at - (announcedAt[r] ?? 0) <= scene.facts.lateness;
      if (to === 'MASTER') mute[r] = isAnnounced ? Number.NaN : at;
      else if (from === 'MASTER') end(state, mute, at, r, MUTE);
      compare(state, at, r);
    },
    process(at, { router: r, what }) {
      if (what === 'crash') {
        installed[r] = 0;
        withdrawnAt[r] = at;
      }
      forgive(state, at, r);
    },
    noise(at) {
      for (let r = 0; r < scene.size; r++) forgive(state, at, r);
    },
  };
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
  for (const since of [state.mute, state.strayAt, state.differs]) since[r] = Number.NaN;
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
