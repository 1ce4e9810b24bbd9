/**
 * What the stream has told of one virtual router so far: the common ground of all monitors, kept once and in
 * flat arrays by router index, because it is written millions of times a second. `follow.ts` writes it.
 *
 * The quiet interval of the formulas: something `disturbs` if it moves the surroundings (a process, a link, a
 * path, a priority, a lost advert); after T_stab (L1) without any the scene is `settled`.
 */
import type { ElectionChange, ElectionFacts, Role, RouterFacts } from '../../observe/election.ts';
import { down, isVersion2, least, ownerListens, stabilisation } from './arithmetic.ts';
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
  /** Effective, by the router's own word; `before`: until it was last configured. */
  readonly priority: number[];
  readonly priorityBefore: number[];
  /** 0: no process, 1: runs, 2: paused. */
  readonly runs: number[];
  readonly link: number[];
  /** Of the tracked script: -1 unknown, 0 down, 1 up. */
  readonly verdict: number[];
  /** In FAULT because it could not send or install: legal, and over in a while. */
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
  /** Of whom the advert was that restarted it; -1: it is a start. */
  readonly restartBy: number[];
  /** Of the last accepted advert that did not beat an Active router. */
  readonly losing: number[];
  /** An interval it has perhaps learnt since: nobody can say [Infinity]. */
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
  readonly stalledAt: number[];
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
  /** When it was last disturbed while settled: stories that begin in quiet begin there. */
  unsettledAt: number;
  /** The only Active when it last was settled; -1: there was none, or several. */
  incumbent: number;
  /** What disturbed it last, and when; when two things did so at one instant: no story begins with both. */
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
    stalledAt: never(),
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

/** Whether `r` could be Active: its process runs and is not stopped, its interface is up, no FAULT is due. */
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

/** Whether a change moves the surroundings, and T_stab begins anew. What else happens follows from those. */
export function disturbs(scene: Scene, { kind }: ElectionChange): boolean {
  switch (kind) {
    case 'process':
    case 'link':
    case 'reach':
    case 'noise':
    case 'priority':
    case 'claimed-priority':
    case 'configured':
    case 'check-verdict':
      return true;
    case 'garbage':
      // keepalived: any packet restarts its Adver_Timer, so it can be silenced.
      return scene.facts.profile === 'keepalived';
    default:
      return false;
  }
}

/** Notes whether a change is a second cause at one instant; that a verdict or a file is followed by a priority is one. */
export function noteStrike(scene: Scene, at: number, change: ElectionChange): void {
  if (!disturbs(scene, change)) return;
  const struck = strikeOf(change);
  const again = struck !== scene.struck || struck < 0 || change.kind === 'process';
  if (again && scene.struckAt === at) scene.crowdedAt = at;
  scene.struck = struck;
  scene.struckAt = at;
}

/** Whose process, link or configuration; -1: of nobody in particular. */
function strikeOf(change: ElectionChange): number {
  switch (change.kind) {
    case 'process':
      return change.router * 3;
    case 'link':
      return change.router * 3 + 1;
    case 'configured':
    case 'priority':
    case 'claimed-priority':
    case 'check-verdict':
      return change.router * 3 + 2;
    default:
      return -1;
  }
}

/** What a tracked script does to its router. */
export function isVerdict(
  change: ElectionChange,
): change is Extract<ElectionChange, { kind: 'check-verdict' | 'claimed-priority' }> {
  return change.kind === 'check-verdict' || change.kind === 'claimed-priority';
}

export function isActive(scene: Scene, r: number): boolean {
  return scene.roles[r] === 'MASTER';
}

/** Indexes of the Active routers; one whose process is stopped says nothing, and holds nobody back. */
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

/** What the oracle asks for. */
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

/** The true time in which a full Active_Down_Timer of `r` cannot fire. */
export function leastDown(scene: Scene, r: number): number {
  return least(scene.facts, downOf(scene, r));
}

/** T_stab of the surroundings as they are: one round, or as many as the depth of R. */
export function stabilises(scene: Scene): number {
  const depth = scene.cuts === 0 ? 1 : depthOf(scene);
  const { facts, routers, priority, longest } = scene;
  return stabilisation(facts, routers, priority, { interval: longest, depth });
}

/**
 * How many the greedy scan of the oracle makes Active (by descending key, who hears nobody chosen), and one
 * for whoever must first leave.
 */
function depthOf(scene: Scene): number {
  if (isComplete(scene)) return 1;
  const order = scene.routers.map((_, r) => r).filter((r) => can(scene, r));
  order.sort((a, b) => (beats(scene, a, b) ? -1 : 1));
  const chosen: number[] = [];
  for (const r of order) if (!chosen.some((s) => hears(scene, s, r))) chosen.push(r);
  return chosen.length + 1;
}
