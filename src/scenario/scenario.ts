/**
 * A scenario as the runner executes it: one cell of its matrix, every name checked, every default
 * filled in. `scenario-file.ts` makes it from YAML.
 */
import type { Assertion } from '../assert/assertions.ts';
import type { BlockDirection, BlockMode, Defect, FaultKind, ProcessRole } from '../fault/fault.ts';
import type { Micros } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import type { SourceSpan } from '../topology/yaml/yaml-source.ts';
import type { Simulation } from './simulation.ts';

export interface Scenario {
  readonly file: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** The matrix values of this cell, in file order; empty without a matrix. */
  readonly cell: Readonly<Record<string, string>>;
  readonly topology: Topology;
  /** Longest time one repeat may take. */
  readonly timeout: Micros;
  readonly repeat: Repeat;
  readonly invariants: readonly Expectation[];
  readonly steps: readonly Step[];
  readonly expect: readonly Expectation[];
  /** What only the exact simulator reads. */
  readonly simulation: Simulation | undefined;
}

export interface Repeat {
  readonly count: number;
  /**
   * Where in the owner's advertisement interval a fault strikes. `stratified`: one repeat in each of
   * `count` equal parts, shuffled. `random`: anywhere. A number: that fraction, 0..1.
   */
  readonly phase: 'stratified' | 'random' | number;
  /** A new lab for every repeat instead of healing and reusing it. */
  readonly fresh: boolean;
}

export interface Step {
  readonly name: string;
  readonly id: string;
  /** Since the beginning of the first step; undefined: as soon as the step before it is done. */
  readonly at: Micros | undefined;
  readonly fault: FaultStep | undefined;
  /** Faults to take back: `all`, or a step's id. */
  readonly heal: string | undefined;
  /** Just let time pass. */
  readonly wait: Micros | undefined;
  readonly expect: readonly Expectation[];
  readonly where: SourceSpan;
}

export interface ForgeStep {
  readonly of: string;
  /** 0..255. */
  readonly priority: number;
  readonly every: Micros;
  /** Undefined: until it heals. */
  readonly count: number | undefined;
  readonly defect: Defect | undefined;
}

export interface ReloadStep {
  /** 1..255. */
  readonly priority: number;
  /** A virtual router [every one of the node]. */
  readonly of: string | undefined;
}

export interface FaultStep {
  readonly kind: FaultKind;
  readonly target: Selector;
  readonly process: ProcessRole;
  readonly direction: BlockDirection;
  /** What a fault of ports, ICMP, services or scripts is told. */
  readonly settings: FaultSettings;
  /** `vrrp.forge`: in whose name, how, and how often. */
  readonly forge: ForgeStep | undefined;
  /** `vrrp.block`, `vrrp.lose`: the node whose adverts are meant [everybody's]. */
  readonly from: string | undefined;
  /** `process.reload`: with another configured priority. */
  readonly reload: ReloadStep | undefined;
  /** Healed by itself after this long; the step goes on at once. */
  readonly for: Micros | undefined;
}

export interface FaultSettings {
  /** port.block [80]. */
  readonly port: number;
  /** port.block [drop]. */
  readonly mode: BlockMode;
  /** icmp.drop [all]. */
  readonly icmp: 'echo' | 'all';
  /** service.*, tls.expired [the node's first service]. */
  readonly service: string | undefined;
  /** check-script.* [the node's first script]. */
  readonly script: string | undefined;
  /** service.slow, check-script.slow [2 s]. */
  readonly delay: Micros;
  /** service.status [500]. */
  readonly status: number;
  /** service.body [wrong]. */
  readonly body: string;
  /** service.flap [1 s]. */
  readonly every: Micros;
  /** vrrp.lose [1]. */
  readonly count: number;
  /** process.slow, clock.step. */
  readonly by: Micros;
}

export interface Expectation {
  readonly assertion: Assertion;
  readonly where: SourceSpan;
  /** As written, on one line. */
  readonly text: string;
}

export type NodeSelector =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'owner'; readonly of: string }
  | { readonly kind: 'backup'; readonly of: string }
  | { readonly kind: 'highest-priority'; readonly of: string };

/** Resolved when the step runs, and printed resolved. */
export type Selector =
  | NodeSelector
  | { readonly kind: 'all'; readonly role: 'routers' }
  | { readonly kind: 'link'; readonly node: NodeSelector; readonly network: string };
