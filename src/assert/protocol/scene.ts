/**
 * The known state of one virtual router. All monitors share it. It is kept in flat arrays by router index,
 * because it is written millions of times a second. `follow.ts` writes it.
 *
 * Quiet, as in the rules: a process, a link, a path, a priority or a lost advert disturbs (`disturbance.ts`); after
 * T_stab (L1) without a disturbance the scene is `settled`.
 */
import type { ElectionFacts, Role } from '../../observe/election.ts';
import { down, isVersion2, ownerListens, skew, stabilisation } from './arithmetic.ts';
import type { Standing } from './stable.ts';

const NEVER = Number.NEGATIVE_INFINITY;

/** The arrays of a scene stay; their content changes. */
type Scened<T> = {
  readonly [K in keyof T as T[K] extends readonly unknown[] ? K : never]: T[K];
} & {
  [K in keyof T as T[K] extends readonly unknown[] ? never : K]: T[K];
};

export interface Scene extends Scened<ReturnType<typeof createScene>> {
  readonly facts: ElectionFacts;
  readonly virtual: number;
  readonly size: number;
  /** The scenes of all virtual routers, this one included. */
  readonly all: readonly Scene[];
}

export function createScenes(facts: ElectionFacts): readonly Scene[] {
  const all: Scene[] = [];
  for (let virtual = 0; virtual < facts.virtuals; virtual++)
    all.push(Object.assign(createScene(facts, virtual), { all }));
  return all;
}

function createScene(facts: ElectionFacts, virtual: number) {
  const { routers } = facts;
  const size = routers.length;
  const numbers = (value: number, length = size): number[] => new Array<number>(length).fill(value);
  return {
    facts,
    virtual,
    size,
    /** As configured now. */
    routers: [...routers],
    roles: new Array<Role>(size).fill('DOWN'),
    /** When the role was entered, and when Active was last left. */
    since: numbers(NEVER),
    leftAt: numbers(NEVER),
    /** The effective priority that the router claims; `priorityBefore`: until it was last configured. */
    priority: routers.map(({ priority }) => priority),
    priorityBefore: routers.map(({ priority }) => priority),
    /** 0: no process, 1: runs, 2: paused. */
    runs: numbers(0),
    link: numbers(1),
    /** Of the tracked script: -1 unknown, 0 down, 1 up. */
    verdict: numbers(-1),
    /** In FAULT because it could not send or install addresses, which is legal and passes. */
    unfit: numbers(0),
    /** [from * size + to] */
    reach: numbers(1, size * size),
    /** Paths that are cut. */
    cuts: 0,
    /** Adverts lost in a row, by path as `reach`. */
    lost: numbers(0, size * size),
    /** Active_Adver_Interval. */
    learnt: routers.map(({ interval }): number => interval),
    /** The Active_Down_Timer: when it was last restarted, and the true time it then needs at least. */
    restart: numbers(NEVER),
    wait: numbers(0),
    /** `wait` after an advert with priority > 0; NaN: to be worked out. */
    fullWait: numbers(Number.NaN),
    /** The sender of the advert that restarted it; -1: it entered Backup. */
    restartBy: numbers(-1),
    /** Of the last accepted advert that did not beat an Active router. */
    losing: numbers(Number.POSITIVE_INFINITY),
    /** A shorter interval that it may have learnt since [Infinity: none]. */
    perhaps: numbers(Number.POSITIVE_INFINITY),
    /** Last accepted advert, and last one that beats an Active router. */
    heardAt: numbers(NEVER),
    betterAt: numbers(NEVER),
    betterBy: numbers(-1),
    /** Last accepted advert with priority 0, last accepted one that is lower. */
    zeroAt: numbers(NEVER),
    lowerAt: numbers(NEVER),
    lowerBy: numbers(-1),
    /** Last sent with priority 0, and last sent with another. */
    resignedAt: numbers(NEVER),
    sentAt: numbers(NEVER),
    pausedAt: numbers(NEVER),
    resumedAt: numbers(NEVER),
    reconfiguredAt: numbers(NEVER),
    /** Random loss, delays or lateness beyond the facts are on; when they last were. */
    noise: false,
    noiseAt: NEVER,
    /** AI*: the largest interval ever configured. */
    longest: Math.max(0, ...routers.map(({ interval }) => interval)),
    /** T_stab of the surroundings as they are. */
    stab: 0,
    /** The last disturbance; when the scene settles (Infinity: it has, or there is noise). */
    quietFrom: NEVER,
    /** When anything but a lost advert last moved. */
    movedAt: NEVER,
    settlesAt: Number.POSITIVE_INFINITY,
    settled: false,
    /** When it was last disturbed while settled. */
    unsettledAt: NEVER,
    /** The only Active when it last was settled; -1: there was none, or several. */
    incumbent: -1,
    /** The last disturbance and its time; `crowdedAt`: two causes coincided then, so no takeover is expected. */
    struck: -1,
    struckAt: NEVER,
    crowdedAt: NEVER,
  };
}

/** Whether `r` can be Active: its process runs and is not paused, its interface is up, and it need not be in FAULT. */
export function can(scene: Scene, r: number): boolean {
  if (scene.runs[r] !== 1 || scene.link[r] === 0 || scene.unfit[r] === 1) return false;
  const { check } = scene.facts;
  return check === undefined || check.weight !== 0 || scene.verdict[r] === 1;
}

/** Whether adverts of `from` arrive at `to` and pass its checks. */
export function hears(scene: Scene, from: number, to: number): boolean {
  if (from === to || scene.reach[from * scene.size + to] === 0) return false;
  if (scene.link[from] === 0 || scene.link[to] === 0) return false;
  const { profile } = scene.facts;
  const [a, b] = [scene.routers[from], scene.routers[to]];
  if (a === undefined || b === undefined) return false;
  if (isVersion2(profile) && a.interval !== b.interval) return false;
  return b.priority < 255 || ownerListens(profile);
}

/** Whether all that can run hear each other. */
export function isComplete(scene: Scene): boolean {
  for (let a = 0; a < scene.size; a++) {
    if (!can(scene, a)) continue;
    for (let b = 0; b < scene.size; b++)
      if (a !== b && can(scene, b) && !hears(scene, a, b)) return false;
  }
  return true;
}

export function isActive(scene: Scene, r: number): boolean {
  return scene.roles[r] === 'MASTER';
}

/** Indexes of the Active routers whose process runs: a paused router sends nothing and holds back no router. */
export function actives(scene: Scene): number[] {
  const found: number[] = [];
  for (let r = 0; r < scene.size; r++)
    if (scene.roles[r] === 'MASTER' && scene.runs[r] === 1) found.push(r);
  return found;
}

/** By priority, then by address. */
export function beats(scene: Scene, a: number, b: number): boolean {
  const by = (scene.priority[a] ?? 0) - (scene.priority[b] ?? 0);
  return by > 0 || (by === 0 && addressOf(scene, a) > addressOf(scene, b));
}

export function addressOf(scene: Scene, r: number): number {
  return scene.routers[r]?.address ?? 0;
}

export function nameOf(scene: Scene, r: number): string {
  return scene.routers[r]?.name ?? `router ${r}`;
}

export function intervalOf(scene: Scene, r: number): number {
  return scene.routers[r]?.interval ?? 0;
}

/** The change of priority by the weight of the tracked script, by verdict (keepalived: up adds, down subtracts). */
export function tracked(scene: Scene, r: number): number {
  const weight = scene.facts.check?.weight ?? 0;
  const verdict = scene.verdict[r];
  if (verdict === -1 || weight === 0) return 0;
  return weight > 0 === (verdict === 1) ? weight : 0;
}

/** The input of the oracle (`stable.ts`). */
export function standings(scene: Scene): Standing[] {
  return scene.routers.map((router, r) => ({
    name: router.name,
    priority: scene.priority[r] ?? router.priority,
    address: router.address,
    preempt: router.preempt,
    can: can(scene, r),
    active: scene.roles[r] === 'MASTER' && scene.runs[r] === 1,
  }));
}

/** M_r with the interval it has learnt, or with `learnt`. */
export function downOf(scene: Scene, r: number, learnt = scene.learnt[r] ?? 0): number {
  return down(scene.facts, scene.priority[r] ?? 0, intervalOf(scene, r), learnt);
}

/** S_r with the interval it has learnt. */
export function skewOf(scene: Scene, r: number): number {
  const { profile } = scene.facts;
  return skew(profile, scene.priority[r] ?? 0, intervalOf(scene, r), scene.learnt[r] ?? 0);
}

/** It goes from Backup to Active, or back. */
export function isSwap({ from, to }: { readonly from: Role; readonly to: Role }): boolean {
  return (from === 'BACKUP' && to === 'MASTER') || (from === 'MASTER' && to === 'BACKUP');
}

/** An owner always preempts. */
export function preempts(scene: Scene, r: number): boolean {
  const facts = scene.routers[r];
  return facts === undefined || facts.preempt || facts.priority === 255;
}

/** The current T_stab: one round, or one for each level of the depth. */
export function stabilises(scene: Scene): number {
  const depth = scene.cuts === 0 ? 1 : depthOf(scene);
  const { facts, routers, priority, longest } = scene;
  return stabilisation(facts, routers, priority, { interval: longest, depth });
}

/** The number of routers that a greedy scan chooses (best first, each that hears no chosen router), plus one that must leave first. */
function depthOf(scene: Scene): number {
  if (isComplete(scene)) return 1;
  const order = scene.routers.map((_, r) => r).filter((r) => can(scene, r));
  order.sort((a, b) => (beats(scene, a, b) ? -1 : 1));
  const chosen: number[] = [];
  for (const r of order) if (!chosen.some((s) => hears(scene, s, r))) chosen.push(r);
  return chosen.length + 1;
}
