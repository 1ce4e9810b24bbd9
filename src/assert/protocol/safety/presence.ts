/** S7: the Active holds the addresses, and announces them. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { always, type Invariant, type Report } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';

/** By router; NaN: nothing is wrong. */
interface Presence {
  readonly scene: Scene;
  readonly report: Report;
  readonly installed: number[];
  /** Since when the addresses and the role of a running process disagree, and how. */
  readonly differs: number[];
  readonly odds: string[];
  readonly announcedAt: number[];
  /** When it became Active without an announcement yet. */
  readonly mute: number[];
  readonly withdrawnAt: number[];
  /** Its first announcement without the addresses. */
  readonly strayAt: number[];
}

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
    const state: Presence = {
      scene,
      report,
      installed: new Array<number>(scene.size).fill(0),
      differs: new Array<number>(scene.size).fill(Number.NaN),
      odds: new Array<string>(scene.size).fill(''),
      announcedAt: new Array<number>(scene.size).fill(Number.NEGATIVE_INFINITY),
      mute: new Array<number>(scene.size).fill(Number.NaN),
      withdrawnAt: new Array<number>(scene.size).fill(Number.NEGATIVE_INFINITY),
      strayAt: new Array<number>(scene.size).fill(Number.NaN),
    };
    return {
      change: (at, change) => follow(state, at, change),
      settled: (at) => judgeAll(state, at),
      ends: (at) => judgeAll(state, at),
    };
  },
};

function follow(state: Presence, at: Instant, change: ElectionChange): void {
  switch (change.kind) {
    case 'install':
    case 'withdraw':
      if (change.kind === 'install') nowHeld(state, at, change.router);
      else state.withdrawnAt[change.router] = at;
      state.installed[change.router] = change.kind === 'install' ? 1 : 0;
      compare(state, at, change.router);
      return;
    case 'announce':
      state.announcedAt[change.router] = at;
      if (change.count === 0) return;
      heardOf(state, at, change.router);
      announced(state, at, change.router);
      return;
    case 'role':
      if (change.to === 'MASTER') becameActive(state, at, change.router);
      else if (change.from === 'MASTER') heardOf(state, at, change.router);
      compare(state, at, change.router);
      return;
    case 'process':
      if (change.what === 'crash') {
        state.installed[change.router] = 0;
        state.withdrawnAt[change.router] = at;
      }
      forgive(state, at, change.router);
      return;
    case 'noise':
      for (let r = 0; r < state.scene.size; r++) forgive(state, at, r);
      return;
    default:
  }
}

/** Forgets what is late; what still differs counts from now on, if a process runs that can change it. */
function forgive(state: Presence, at: Instant, r: number): void {
  state.mute[r] = Number.NaN;
  state.strayAt[r] = Number.NaN;
  state.differs[r] = Number.NaN;
  if (differsNow(state, r)) note(state, at, r);
}

/** Only a running process can make addresses and role agree. */
function differsNow({ scene, installed }: Presence, r: number): boolean {
  return scene.runs[r] === 1 && (installed[r] === 1) !== (scene.roles[r] === 'MASTER');
}

function note({ scene, installed, differs, odds }: Presence, at: Instant, r: number): void {
  differs[r] = at;
  const role = scene.roles[r];
  odds[r] = installed[r] === 1 ? `${role} with the addresses` : `${role} without the addresses`;
}

function becameActive({ scene, announcedAt, mute }: Presence, at: Instant, r: number): void {
  mute[r] = at - (announcedAt[r] ?? 0) <= scene.facts.lateness ? Number.NaN : at;
}

function heardOf(state: Presence, at: Instant, r: number): void {
  const since = state.mute[r] as Instant;
  state.mute[r] = Number.NaN;
  if (at - since > state.scene.facts.lateness) sayMute(state, at, r, since);
}

/** Events of the kernel and the wire come in either order: the addresses may follow within g. */
function announced({ scene, installed, withdrawnAt, strayAt }: Presence, at: Instant, r: number) {
  if (scene.runs[r] !== 1 || installed[r] === 1 || scene.noise) return;
  if (at - (withdrawnAt[r] ?? 0) <= scene.facts.lateness) return;
  if (Number.isNaN(strayAt[r])) strayAt[r] = at;
}

function nowHeld(state: Presence, at: Instant, r: number): void {
  const since = state.strayAt[r] as Instant;
  state.strayAt[r] = Number.NaN;
  if (at - since > state.scene.facts.lateness) sayStray(state, at, r, since);
}

function sayStray(state: Presence, at: Instant, r: number, since: Instant): void {
  const { scene } = state;
  const because = `${nameOf(scene, r)} announced the addresses without having them`;
  say(state, at, r, because, since);
}

function sayMute(state: Presence, at: Instant, r: number, since: Instant): void {
  const because = `${nameOf(state.scene, r)} became Active and did not announce the addresses`;
  say(state, at, r, because, since);
}

function compare(state: Presence, at: Instant, r: number): void {
  const { scene, differs } = state;
  if (differsNow(state, r)) {
    if (Number.isNaN(differs[r])) note(state, at, r);
    return;
  }
  const ran = scene.runs[r] === 1;
  if (ran && at - (differs[r] ?? Number.NaN) > scene.facts.lateness) sayDiffers(state, at, r);
  differs[r] = Number.NaN;
}

function sayDiffers(state: Presence, at: Instant, r: number): void {
  const { scene, differs, odds } = state;
  const since = (differs[r] ?? at) as Instant;
  const because = `${nameOf(scene, r)} was ${odds[r]} for ${at - since} us`;
  say(state, at, r, because, since);
}

function judgeAll(state: Presence, at: Instant): void {
  const { scene, differs, mute, strayAt } = state;
  for (let r = 0; r < scene.size; r++) {
    if (scene.noise || scene.runs[r] !== 1) continue;
    if (at - (strayAt[r] ?? Number.NaN) > scene.facts.lateness) nowHeld(state, at, r);
    const mutedAt = mute[r] as Instant;
    if (at - mutedAt > scene.facts.lateness) {
      mute[r] = Number.NaN;
      sayMute(state, at, r, mutedAt);
    }
    if (at - (differs[r] ?? Number.NaN) <= scene.facts.lateness || Number.isNaN(differs[r]))
      continue;
    sayDiffers(state, at, r);
    differs[r] = Number.POSITIVE_INFINITY;
  }
}

function say(
  { scene, report }: Presence,
  at: Instant,
  r: number,
  because: string,
  since: Instant,
): void {
  if (scene.noise) return;
  report({ at, routers: [r], because, since, allowed: scene.facts.lateness });
}
