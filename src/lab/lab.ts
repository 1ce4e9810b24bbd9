/**
 * The contract between the runner and the worlds a scenario can run in. Time belongs to the lab: the
 * runner only awaits `clock`, so nothing above this line knows whether it is simulated.
 */
import { EXIT, HalabError } from '../errors.ts';
import type { FaultOrder } from '../fault/faults.ts';
import type { RouterPlan } from '../kind/kind.ts';
import type { Prefix } from '../net/address.ts';
import type { ElectionFacts, ElectionListener } from '../observe/election.ts';
import type { EngineBuild } from '../observe/engine-build.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Instant, Micros } from '../time.ts';
import type { Program } from '../topology/topology.ts';

export type Backend = 'docker' | 'sim';

/** An engine cannot do what a virtual router wants, which only its version shows. */
export class EngineCannot extends HalabError {
  readonly lacks: readonly { readonly router: string; readonly reason: string }[];

  constructor(lacks: EngineCannot['lacks']) {
    const message = [...new Set(lacks.map(({ reason }) => reason))].join('; ');
    super({ code: 'HALAB_ENGINE_CANNOT', message, hint: '', exitCode: EXIT.nothing });
    this.lacks = lacks;
  }
}

export interface Lab {
  readonly backend: Backend;
  readonly clock: LabClock;
  /** Starts every node of the plan; on failure nothing is left behind. Called once. */
  up(plan: LabPlan): Promise<void>;
  /** Orders a fault for `at` (at once if that has passed). What came of it shows as the clock goes on. */
  inject(order: FaultOrder, at: Instant): Injection;
  /** Takes a fault back and starts again what it ended. Healing twice does nothing. */
  heal(id: string): Promise<void>;
  /** Removes everything `up` made. Safe at any moment, more than once. */
  down(): Promise<void>;
  /** Facts about the world for the result: engine versions, kernel, image, Docker version. */
  environment(): Readonly<Record<string, string>>;
  /** The build that runs on each router, by node; what did not come up to saying so is left out. */
  engines(): Engines;
  /**
   * Only a lab that was made for one whole scenario has it: plays all of it at once, faults included, before the
   * listener that `judge` gives to `play`, and answers when it ended. The runner then judges by the invariants of VRRP
   * and skips the scenario's expectations; nothing is injected or healed.
   */
  play?(judge: (facts: ElectionFacts, play: (listener: ElectionListener) => void) => void): Instant;
}

export type Engines = Readonly<Record<string, EngineBuild>>;

/** A fault that was ordered: several may be under way, and none holds the others up. */
export interface Injection {
  /** Undefined: nothing has been seen of it yet. Throws if the lab itself failed. */
  outcome(): InjectResult | undefined;
}

export type InjectResult =
  | {
      readonly ok: true;
      /** When the fault took effect, as stamped on the spot. */
      readonly at: number;
      /** What was seen: `the node's agent exited`, `carrier lost on lan`, `3 packets dropped`. */
      readonly evidence: string;
    }
  /** The fault was applied but nothing was seen of it: the step fails. */
  | { readonly ok: false; readonly at: number; readonly because: string };

export interface LabClock {
  now(): Instant;
  /**
   * Lets the lab run until `deadline`, or until `done()` is true after some event. Says which.
   * `done` is asked once before anything runs.
   */
  runUntil(deadline: Instant, done?: () => boolean): Promise<boolean>;
}

/** Called for every event, in the order the lab learns of them (nearly, not exactly, by time). */
export type EventSink = (event: LabEvent) => void;
/** Called for every captured frame of a segment, for the packet capture file; the simulator builds bytes on demand. */
export type FrameSink = (segment: string, at: Instant, frame: FrameBytes) => void;
export type FrameBytes = Uint8Array | (() => Uint8Array);
export type FrameSource = () => Iterable<{ readonly at: Instant; readonly frame: FrameBytes }>;

/** What a lab has to make: made from the topology by `lab/plan.ts`, the same for every backend. */
export interface LabPlan {
  /** Names everything the lab creates: 10 characters of [0-9a-z]. */
  readonly runId: string;
  readonly name: string;
  readonly seed: number;
  readonly segments: readonly SegmentPlan[];
  readonly nodes: readonly NodePlan[];
  /** Told while a slow step goes on: building the image, waiting for another run. */
  readonly progress: (message: string) => void;
  readonly onEvent: EventSink;
  readonly onFrame: FrameSink;
  /** Frames that are only made if somebody wants the capture file; told once, read at the end. */
  readonly onFrameSource: (segment: string, source: FrameSource) => void;
}

export interface SegmentPlan {
  readonly name: string;
  readonly subnets: readonly Prefix[];
}

export interface NodePlan {
  readonly name: string;
  /** What runs on it: the engine of a router, otherwise the role. */
  readonly kind: string;
  readonly interfaces: readonly InterfacePlan[];
  /** Files to write before the processes start; paths are absolute, inside the node. */
  readonly files: readonly PlannedFile[];
  /** What a router runs; undefined for a node that only probes or answers. */
  readonly router: RouterPlan | undefined;
  /** Its configuration is a file of the user's own. */
  readonly isOwnConfig: boolean;
  /** By the engine's names for them, where these differ: names of virtual routers. */
  readonly virtualRouters: Readonly<Record<string, string>>;
  /** A program of the user's own to bring into the node; its paths are of this machine. */
  readonly program: Program | undefined;
  /** Debian package with the router's programs; undefined: they are halab's own. */
  readonly package: string | undefined;
  /** Linux capabilities beyond NET_ADMIN and NET_RAW (design: capabilities). */
  readonly capabilities: readonly string[];
  /** Kernel settings beyond those of every node. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Answers UDP probes to these addresses with its own name. */
  readonly respond: readonly RespondPlan[];
  readonly probes: readonly ProbePlan[];
  readonly httpProbes: readonly HttpProbePlan[];
  readonly services: readonly ServicePlan[];
  /** Default routes, at most one a family. */
  readonly gateways: readonly Prefix['address'][];
  /** Check scripts that faults can command; they succeed until then. */
  readonly scripts: readonly string[];
}

export interface ServicePlan {
  readonly name: string;
  readonly protocol: 'http' | 'https' | 'tcp' | 'udp';
  readonly port: number;
}

export interface HttpProbePlan {
  readonly name: string;
  readonly address: Prefix['address'];
  readonly port: number;
  readonly path: string;
  readonly every: Micros;
  readonly timeout: Micros;
}

export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** [false] */
  readonly executable?: boolean;
}

export interface InterfacePlan {
  /** Also the name of the interface inside the node. */
  readonly network: string;
  readonly addresses: readonly Prefix[];
}

export interface RespondPlan {
  readonly address: Prefix['address'];
  readonly port: number;
}

export interface ProbePlan {
  readonly name: string;
  readonly to: Prefix['address'];
  readonly port: number;
  readonly every: Micros;
}
