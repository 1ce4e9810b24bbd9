/**
 * A kind is the engine of a router as data and pure functions: its limits, its files, its processes, and how its
 * output is read. Kinds do no I/O, so N kinds and M backends cost N + M.
 */

import type { SpawnedProcess } from '../agent/spawned.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { Unstamped } from '../observe/event.ts';
import type { Engine, OwnConfig } from '../topology/topology.ts';

export interface Kind {
  readonly name: Engine;
  /** Whether it reads its files again at SIGHUP. */
  readonly rereads: boolean;
  /** Debian package with its programs [part of halab]. */
  readonly package?: string;
  /** Linux capabilities beyond NET_ADMIN and NET_RAW, each shown to be necessary [none]. */
  readonly capabilities?: readonly string[];
  /** Kernel settings of the node's own network, beyond those of every node [none]. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** What it cannot do of the configuration: `keep virtual routers together: it has no sync groups`. `own`: the file that runs instead. */
  readonly cannot: (
    config: DaemonConfig,
    kernel: NodeKernel,
    own: OwnConfig | undefined,
  ) => readonly string[];
  readonly router: (spec: RouterSpec) => RouterPlan;
}

/** Features of the kernel under the nodes. */
export interface NodeKernel {
  readonly ipvs: boolean;
}

export interface RouterSpec {
  readonly config: DaemonConfig;
  /** How a user's build of the program is called [its name, found on the path]. */
  readonly command?: readonly string[] | undefined;
  /** A user's keepalived.conf. */
  readonly own?: OwnConfig | undefined;
}

export interface RouterPlan {
  /** Paths are absolute, inside the node. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Shell commands before each start; safe to run again. */
  readonly setup: string;
  /** Started in this order, each when its predecessor is ready; stopped in the opposite order. */
  readonly processes: readonly SpawnedProcess[];
  /** A FIFO whose lines are log lines of the process `notify` [none]. */
  readonly fifo?: string;
  /** Checks the files [nothing does]. */
  readonly check?: FileCheck;
  /**
   * How to ask for the version: `argv` prints it, `pattern` finds it in its first group and a git commit in its second
   * [it is that of halab].
   */
  readonly version?: { readonly argv: readonly string[]; readonly pattern: RegExp };
  /** Features that its files need, each with the first version that has it [none]. */
  readonly needs?: readonly Need[];
  /** The engine's claim in a log line, if it makes one [it makes none]. */
  readonly claimOf?: (process: string, text: string) => Claim | undefined;
}

/** How a program checks its files, and the meaning of its exit codes; with any other code it could not check them. */
export interface FileCheck {
  readonly argv: readonly string[];
  /** Exit codes with which it warns and runs all the same [none]. */
  readonly runs?: readonly number[];
  /** Exit codes with which it does not run. */
  readonly refuses: readonly number[];
  /** Output that means that a keyword is ignored: an error in files that the lab has written. */
  readonly ignored?: RegExp;
}

export interface Need {
  /** The virtual router that needs it. */
  readonly router: string;
  /** `sign adverts (auth_hmac)`. */
  readonly what: string;
  /** `2.4.0`. */
  readonly since: string;
}

/** An engine's claim about itself, as the event that it becomes. */
export type Claim = Unstamped<'state' | 'priority' | 'script' | 'quorum' | 'server'>;
