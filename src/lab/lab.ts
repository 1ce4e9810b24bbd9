/**
 * The contract between the runner and the worlds that a scenario can run in. Time belongs to the lab: the runner only
 * awaits `clock`, so no code above this contract knows whether time is simulated.
 */

import type { WrittenFile } from '../agent/spawned.ts';
import { EXIT, HalabError } from '../errors.ts';
import type { FaultOrder } from '../fault/faults.ts';
import type { RouterPlan } from '../kind/kind.ts';
import type { IpAddress } from '../net/address.ts';
import type { ElectionFacts, ElectionListener } from '../observe/election.ts';
import type { EngineBuild } from '../observe/engine-build.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Instant } from '../time.ts';
import type { HttpTarget, Service } from '../topology/service.ts';
import type { Attachment, Network, Probe, Program } from '../topology/topology.ts';

export type Backend = 'docker' | 'sim';

/** The version of an engine does not support what a virtual router needs. */
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
  /** Orders a fault for `at` (at once if that has passed). Its outcome follows as the clock advances. */
  inject(order: FaultOrder, at: Instant): Injection;
  /** Undoes a fault and restarts processes that it ended. A second heal has no effect. */
  heal(id: string): Promise<void>;
  /** Removes everything `up` made. Safe at any moment, more than once. */
  down(): Promise<void>;
  /** Facts about the world for the result: engine versions, kernel, image, Docker version. */
  environment(): Readonly<Record<string, string>>;
  /** The build that runs on each router, by node; without routers whose version is not known. */
  engines(): Engines;
  /**
   * Only a lab that was made for one whole scenario has it: plays all of it at once, faults included, before the
   * listener that `judge` gives to `play`, and answers when it ended. The runner then judges by the invariants of VRRP
   * and skips the scenario's expectations; nothing is injected or healed.
   */
  play?(judge: (facts: ElectionFacts, play: (listener: ElectionListener) => void) => void): Instant;
}

export type Engines = Readonly<Record<string, EngineBuild>>;

/** A fault that was ordered; several may be under way. */
export interface Injection {
  /** Undefined: not known yet. Throws if the lab itself failed. */
  outcome(): InjectResult | undefined;
}

export type InjectResult =
  | {
      readonly ok: true;
      /** When the fault took effect, as stamped on the spot. */
      readonly at: number;
      /** The observation: `the node's agent exited`, `carrier lost on lan`, `3 packets dropped`. */
      readonly evidence: string;
    }
  /** The fault was not applied, or had no observed effect: the step fails. */
  | { readonly ok: false; readonly at: number; readonly because: string };

export interface LabClock {
  now(): Instant;
  /**
   * Runs the lab until `deadline`, or until `done()` is true after an event; true if `done()` was. `done` is called once
   * before anything runs.
   */
  runUntil(deadline: Instant, done?: () => boolean): Promise<boolean>;
}

/** Called for every event, in the order in which the lab receives them: nearly, not exactly, by time. */
export type EventSink = (event: LabEvent) => void;
/** Called for every captured frame of a segment, for the packet capture file; the simulator builds bytes on demand. */
export type FrameSink = (segment: string, at: Instant, frame: FrameBytes) => void;
export type FrameBytes = Uint8Array | (() => Uint8Array);
export type FrameSource = () => Iterable<{ readonly at: Instant; readonly frame: FrameBytes }>;

/** The plan of a lab. `lab/plan.ts` derives it from the topology, the same for every backend. */
export interface LabPlan {
  /** Names everything the lab creates: 10 characters of [0-9a-z]. */
  readonly runId: string;
  readonly name: string;
  readonly seed: number;
  readonly segments: readonly Network[];
  readonly nodes: readonly NodePlan[];
  /** Called during slow steps: building the image, waiting for another run. */
  readonly progress: (message: string) => void;
  readonly onEvent: EventSink;
  readonly onFrame: FrameSink;
  /** Registers frames that are built only for the capture file and read at the end. */
  readonly onFrameSource: (segment: string, source: FrameSource) => void;
}

export interface NodePlan {
  readonly name: string;
  /** The engine of a router, otherwise the role. */
  readonly kind: string;
  readonly interfaces: readonly Attachment[];
  /** Written before the processes start. */
  readonly files: readonly WrittenFile[];
  /** The programs of a router; undefined for a node that only probes or answers. */
  readonly router: RouterPlan | undefined;
  /** Its configuration is a file of the user's own. */
  readonly isOwnConfig: boolean;
  /** Instance name of the engine to name of the virtual router, where the two differ. */
  readonly virtualRouters: Readonly<Record<string, string>>;
  /** A program of the user's own to bring into the node; its paths are of this machine. */
  readonly program: Program | undefined;
  /** Debian package with the router's programs; undefined: halab's own. */
  readonly package: string | undefined;
  /** Linux capabilities beyond NET_ADMIN and NET_RAW. */
  readonly capabilities: readonly string[];
  /** Kernel settings beyond those of every node. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Answers UDP probes to these addresses with its own name. */
  readonly respond: readonly { readonly address: IpAddress; readonly port: number }[];
  readonly probes: readonly (Pick<Probe, 'name' | 'to' | 'every'> & { readonly port: number })[];
  readonly httpProbes: readonly (Pick<Probe, 'name' | 'every'> & HttpTarget)[];
  readonly services: readonly Service[];
  /** Default routes, at most one a family. */
  readonly gateways: readonly IpAddress[];
  /** Check scripts that faults can command; they succeed until then. */
  readonly scripts: readonly string[];
}
