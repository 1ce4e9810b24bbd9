/** A scenario as the runner executes it: one cell, every name checked, every default filled in. */
import type { Assertion } from '../assert/assertions.ts';
import type { FaultRequest } from '../fault/faults.ts';
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
  /** Settings of the exact simulator only. */
  readonly simulation: Simulation | undefined;
}

export interface Repeat {
  readonly count: number;
  /**
   * The phase of a fault in the owner's advertisement interval. `stratified`: one repeat in each of
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
  readonly fault: FaultRequest | undefined;
  /** Faults to take back: `all`, or a step's id. */
  readonly heal: string | undefined;
  /** Just let time pass. */
  readonly wait: Micros | undefined;
  readonly expect: readonly Expectation[];
  readonly where: SourceSpan;
}

export interface Expectation {
  readonly assertion: Assertion;
  readonly where: SourceSpan;
  /** As written, on one line. */
  readonly text: string;
}
