/** S7: the addresses are where the Active is, and the network is told. */
import type { ElectionChange } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import { always, type Invariant, type Report } from './monitor.ts';
import { nameOf, type Scene } from './scene.ts';

/** By router; NaN: nothing is wrong. */
interface Presence {
  readonly scene: Scene;
  readonly report: Report;
  readonly installed: number[];
  /** Since when the addresses and the role disagree. */
  readonly differs: number[];
  readonly announcedAt: number[];
  /** When it became Active without an announcement yet. */
  readonly mute: number[];
}

/**
 * S7. Always, by router: the virtual addresses are installed iff it is Active, but for up to g around a change of
 * either; and at least one announcement (gratuitous ARP or NA) of each address leaves within g of becoming Active. A
 * crash of the node takes its addresses along. Not while timers are late beyond the facts (noise) or the process is
 * paused. Source: RFC 9568 6.4.1-6.4.3, 8.3.
 */
export const S7: Invariant = {
  id: 'S7',
  title: 'addresses follow the role',
  addresses: true,
  applies: always,
  watch(scene, report) {
    const state: Presence = {
      scene,
      report,
      installed: new Array<number>(scene.size).fill(0),
      differs: new Array<number>(scene.size).fill(Number.NaN),
      announcedAt: new Array<number>(scene.size).fill(Number.NEGATIVE_INFINITY),
      mute: new Array<number>(scene.size).fill(Number.NaN),
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
      state.installed[change.router] = change.kind === 'install' ? 1 : 0;
      compare(state, at, change.router);
      return;
    case 'announce':
      state.announcedAt[change.router] = at;
      if (change.count > 0) heardOf(state, at, change.router);
      return;
    case 'role':
      if (change.to === 'MASTER') becameActive(state, at, change.router);
      else if (change.from === 'MASTER') heardOf(state, at, change.router);
      compare(state, at, change.router);
      return;
    case 'process':
      if (change.what === 'crash') state.installed[change.router] = 0;
      forgive(state, at, change.router);
      return;
    case 'noise':
      for (let r = 0; r < state.scene.size; r++) forgive(state, at, r);
      return;
    default:
  }
}

/** What was late is not held against it; what still differs is late from now on, unless no process is there to act. */
function forgive({ scene, installed, differs, mute }: Presence, at: Instant, r: number): void {
  mute[r] = Number.NaN;
  const agrees = (installed[r] === 1) === (scene.roles[r] === 'MASTER');
  differs[r] = agrees ? Number.NaN : at;
}

function becameActive({ scene, announcedAt, mute }: Presence, at: Instant, r: number): void {
  mute[r] = at - (announcedAt[r] ?? 0) <= scene.facts.lateness ? Number.NaN : at;
}

function heardOf(state: Presence, at: Instant, r: number): void {
  const since = state.mute[r] ?? Number.NaN;
  state.mute[r] = Number.NaN;
  if (at - since > state.scene.facts.lateness) sayMute(state, at, r);
}

function sayMute(state: Presence, at: Instant, r: number): void {
  say(state, at, r, `${nameOf(state.scene, r)} became Active and did not announce the addresses`);
}

function compare(state: Presence, at: Instant, r: number): void {
  const { scene, installed, differs } = state;
  if ((installed[r] === 1) === (scene.roles[r] === 'MASTER')) {
    if (at - (differs[r] ?? Number.NaN) > scene.facts.lateness) sayDiffers(state, at, r);
    differs[r] = Number.NaN;
  } else if (Number.isNaN(differs[r])) differs[r] = at;
}

function sayDiffers(state: Presence, at: Instant, r: number): void {
  const { scene, installed, differs } = state;
  const held = installed[r] === 1 ? 'holds' : 'does not hold';
  const since = at - (differs[r] ?? at);
  const role = scene.roles[r];
  say(
    state,
    at,
    r,
    `${nameOf(scene, r)} was at odds for ${since} us: it is ${role} and ${held} the addresses`,
  );
}

function judgeAll(state: Presence, at: Instant): void {
  const { scene, differs, mute } = state;
  for (let r = 0; r < scene.size; r++) {
    if (scene.noise || scene.runs[r] !== 1) continue;
    if (at - (mute[r] ?? Number.NaN) > scene.facts.lateness) {
      mute[r] = Number.NaN;
      sayMute(state, at, r);
    }
    if (at - (differs[r] ?? Number.NaN) <= scene.facts.lateness || Number.isNaN(differs[r]))
      continue;
    sayDiffers(state, at, r);
    differs[r] = Number.POSITIVE_INFINITY;
  }
}

function say({ scene, report }: Presence, at: Instant, r: number, because: string): void {
  if (scene.noise) return;
  report({ invariant: 'S7', at, routers: [r], virtual: scene.virtual, because });
}
