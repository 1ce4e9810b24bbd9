/**
 * What is known of one virtual router so far. All monitors share it. It is kept in flat arrays by router index,
 * because it is written millions of times a second. `follow.ts` writes it.
 *
 * Quiet, as in the rules: a process, a link, a path, a priority or a lost advert disturbs (`disturbance.ts`); after
 * T_stab (L1) without a disturbance the scene is `settled`.
 */
import type { ElectionFacts, Role, RouterFacts } from '../../observe/election.ts';
import { down, isVersion2, ownerListens, skew, stabilisation } from './arithmetic.ts';
import type { Standing } from './stable.ts';

export interface Scene {
  readonly facts: ElectionFacts;
  readonly virtual: number;
  /** The scenes of all virtual routers, this one included. */
  readonly all: readonly Scene[];
  readonly size: number;
  /** As configured now. */
  readonly routers: RouterFacts[];
  readonly roles: Role[];
  /** When the role was entered, and when Active was last left. */
  readonly since: number[];
  readonly leftAt: number[];
  /** The effective priority that the router claims; `priorityBefore`: until it was last configured. */
  readonly priority: number[];
  readonly priorityBefore: number[];
  /** 0: no process, 1: runs, 2: paused. */
  readonly runs: number[];
  readonly link: number[];
  /** Of the tracked script: -1 unknown, 0 down, 1 up. */
  readonly verdict: number[];
  /** In FAULT because it could not send or install addresses, which is legal and passes. */
  readonly unfit: number[];
  /** [from * size + to] */
  readonly reach: number[];
  /** Paths that are cut. */
  cuts: number;
  /** Adverts lost in a row, by path as `reach`. */
  readonly lost: number[];
  /** Active_Adver_Interval. */
  readonly learnt: number[];
  /** The Active_Down_Timer: when it was last restarted, and the true time it then needs at least. */
  readonly restart: number[];
  readonly wait: number[];
  /** `wait` after an advert with priority > 0; NaN: to be worked out. */
  readonly fullWait: number[];
  /** The sender of the advert that restarted it; -1: it entered Backup. */
  readonly restartBy: number[];
  /** Of the last accepted advert that did not beat an Active router. */
  readonly losing: number[];
  /** A shorter interval that it may have learnt since [Infinity: none]. */
  readonly perhaps: number[];
  /** Last accepted advert, and last one that beats an Active router. */
  readonly heardAt: number[];
  readonly betterAt: number[];
  readonly betterBy: number[];
  /** Last accepted advert with priority 0, last accepted one that is lower. */
  readonly zeroAt: number[];
  readonly lowerAt: number[];
  readonly lowerBy: number[];
  /** Last sent with priority 0, and last sent with another. */
  readonly resignedAt: number[];
  readonly sentAt: number[];
  readonly pausedAt: number[];
  readonly resumedAt: number[];
  readonly reconfiguredAt: number[];
  /** Random loss, delays or lateness beyond the facts are on; when they last were. */
  noise: boolean;
  noiseAt: number;
  /** AI*: the largest interval ever configured. */
  longest: number;
  /** T_stab of the surroundings as they are. */
  stab: number;
  /** When something last moved; when the scene settles (Infinity: it has, or there is noise). */
  quietFrom: number;
  /** When anything but a lost advert last moved. */
  movedAt: number;
  settlesAt: number;
  settled: boolean;
  /** When it was last disturbed while settled. */
  unsettledAt: number;
  /** The only Active when it last was settled; -1: there was none, or several. */
  incumbent: number;
  /** The last disturbance and its time; `crowdedAt`: two causes coincided then, so no takeover is expected. */
  struck: number;
  struckAt: number;
  crowdedAt: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

export function createScenes(facts: ElectionFacts): readonly Scene[] {
  const all: Scene[] = [];
  for (let virtual = 0; virtual < facts.virtuals; virtual++)
    all.push(createScene(facts, virtual, all));
  return all;
}

function createScene(facts: ElectionFacts, virtual: number, all: readonly Scene[]): Scene {
  const size = facts.routers.length;
  const never = (): number[] => new Array<number>(size).fill(NEVER);
  const scene: Scene = {
    facts,
    virtual,
    all,
    size,
    routers: [...facts.routers],
    roles: new Array<Role>(size).fill('DOWN'),
    since: never(),
    leftAt: never(),
    priority: new Array<number>(size).fill(0),
    priorityBefore: new Array<number>(size).fill(0),
    runs: new Array<number>(size).fill(0),
    link: new Array<number>(size).fill(1),
    verdict: new Array<number>(size).fill(-1),
    unfit: new Array<number>(size).fill(0),
    reach: new Array<number>(size * size).fill(1),
    cuts: 0,
    lost: new Array<number>(size * size).fill(0),
    learnt: new Array<number>(size).fill(0),
    restart: never(),
    wait: new Array<number>(size).fill(0),
    fullWait: new Array<number>(size).fill(Number.NaN),
    restartBy: new Array<number>(size).fill(-1),
    losing: new Array<number>(size).fill(Number.POSITIVE_INFINITY),
    perhaps: new Array<number>(size).fill(Number.POSITIVE_INFINITY),
    heardAt: never(),
    betterAt: never(),
    betterBy: new Array<number>(size).fill(-1),
    zeroAt: never(),
    lowerAt: never(),
    lowerBy: new Array<number>(size).fill(-1),
    resignedAt: never(),
    sentAt: never(),
    pausedAt: never(),
    resumedAt: never(),
    reconfiguredAt: never(),
    noise: false,
    noiseAt: NEVER,
    longest: 0,
    stab: 0,
    quietFrom: NEVER,
    movedAt: NEVER,
    settlesAt: Number.POSITIVE_INFINITY,
    settled: false,
    unsettledAt: NEVER,
    incumbent: -1,
    struck: -1,
    struckAt: NEVER,
    crowdedAt: NEVER,
  };
  for (let r = 0; r < size; r++) {
    const { priority, interval } = facts.routers[r] as RouterFacts;
    scene.priority[r] = priority;
    scene.priorityBefore[r] = priority;
    scene.learnt[r] = interval;
    if (interval > scene.longest) scene.longest = interval;
  }
  return scene;
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

/** Indexes of the Active routers whose process runs: a paused one sends nothing and holds no router back. */
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

/** What the weight of the tracked script adds, by the verdict (keepalived: up adds, down subtracts). */
export function tracked(scene: Scene, r: number): number {
  const weight = scene.facts.check?.weight ?? 0;
  const verdict = scene.verdict[r];
  if (verdict === -1 || weight === 0) return 0;
  return weight > 0 === (verdict === 1) ? weight : 0;
}

/** The input of the oracle (`stable.ts`). */
export function standings(scene: Scene): Standing[] {
  return scene.routers.map((one, r) => ({
    name: one.name,
    priority: scene.priority[r] ?? one.priority,
    address: one.address,
    preempt: one.preempt,
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
  const one = scene.routers[r];
  return one === undefined || one.preempt || one.priority === 255;
}

/** T_stab of the surroundings as they are: one round, or one for each level of the depth. */
export function stabilises(scene: Scene): number {
  const depth = scene.cuts === 0 ? 1 : depthOf(scene);
  const { facts, routers, priority, longest } = scene;
  return stabilisation(facts, routers, priority, { interval: longest, depth });
}

/** How many routers a greedy scan chooses (from the best down, each that hears no chosen one), and one that must leave first. */
function depthOf(scene: Scene): number {
  if (isComplete(scene)) return 1;
  const order = scene.routers.map((_, r) => r).filter((r) => can(scene, r));
  order.sort((a, b) => (beats(scene, a, b) ? -1 : 1));
  const chosen: number[] = [];
  for (const r of order) if (!chosen.some((s) => hears(scene, s, r))) chosen.push(r);
  return chosen.length + 1;
}
