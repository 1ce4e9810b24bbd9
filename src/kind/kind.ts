/**
 * A kind is what a router runs, as data and pure functions: what it cannot do, the files it needs, the
 * processes to start and how its words are read. Kinds do no I/O, so N kinds and M backends cost N + M.
 */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { IpAddress } from '../net/address.ts';
import type { Engine, OwnConfig } from '../topology/topology.ts';

export interface Kind {
  readonly name: Engine;
  /** It reads its files again at SIGHUP. */
  readonly rereads: boolean;
  /** Debian package with its programs; undefined: it comes with halab. */
  readonly package: string | undefined;
  /** Linux capabilities beyond NET_ADMIN and NET_RAW: each was shown to be necessary. */
  readonly capabilities: readonly string[];
  /** Kernel settings of the node's own network, beyond those of every node. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** What of the configuration it cannot do, in words: `authentication (it has none)`. `own`: it runs instead. */
  readonly cannot: (
    config: DaemonConfig,
    kernel: NodeKernel,
    own: OwnConfig | undefined,
  ) => readonly string[];
  readonly router: (spec: RouterSpec) => RouterPlan;
}

/** What the kernel under the nodes has. */
export interface NodeKernel {
  readonly ipvs: boolean;
}

export interface RouterSpec {
  readonly config: DaemonConfig;
  /** How the program is called where it is the user's own build [its name, found on the path]. */
  readonly command?: readonly string[] | undefined;
  /** A keepalived.conf of the user's own. */
  readonly own?: OwnConfig | undefined;
}

export interface RouterPlan {
  /** Paths are absolute, inside the node. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Shell commands before each start; running them again does no harm. */
  readonly setup: string;
  /** Started in this order, each when the one before is ready; stopped in the opposite one. */
  readonly processes: readonly ProcessPlan[];
  /** A FIFO whose lines are log lines of the process `notify`. */
  readonly fifo: string | undefined;
  /** Checks the files. */
  readonly check: FileCheck | undefined;
  /** Tells the version: the first group of `pattern` in what `argv` prints, and what git says of it in the second one. */
  readonly version: { readonly argv: readonly string[]; readonly pattern: RegExp } | undefined;
  /** What its files need of the program, each since a version; an older one cannot run them [nothing]. */
  readonly needs?: readonly Need[];
  /** The engine's claim in a log line, if it makes one. */
  readonly claimOf: (process: string, text: string) => Claim | undefined;
}

/** A program judges its files, and what its exit code means: all else is no judgement. */
export interface FileCheck {
  readonly argv: readonly string[];
  /** Exit codes with which it runs all the same, after telling what is odd. */
  readonly runs: readonly number[];
  /** Exit codes with which it does not run. */
  readonly refuses: readonly number[];
  /** In what it tells: words of these files do nothing. Only files that the lab has written are held to it. */
  readonly ignored: RegExp | undefined;
}

export interface Need {
  /** The virtual router that needs it. */
  readonly router: string;
  /** In words: `sign adverts (auth_hmac)`. */
  readonly what: string;
  /** `2.4.0`. */
  readonly since: string;
}

export interface ProcessPlan {
  readonly name: string;
  readonly argv: readonly string[];
  /** What it is to `process.kill` and `process.pause` [parent]. */
  readonly role?: 'parent' | 'vrrp';
  /** Text in a child's command line that tells the child's role. */
  readonly roles: Readonly<Record<string, string>>;
  /** How its standard output is read: `halabd` writes events as JSON lines. */
  readonly output: 'json-events' | 'text';
  /** It is ready when this file exists. */
  readonly ready?: string;
}

/** What an engine says of itself, as the event it becomes. */
export type Claim =
  | {
      readonly kind: 'state';
      readonly instance: string;
      /** In keepalived's words. */
      readonly state: string;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly kind: 'priority'; readonly instance: string; readonly priority: number }
  | { readonly kind: 'script'; readonly script: string; readonly up: boolean }
  | { readonly kind: 'quorum'; readonly virtualServer: string; readonly up: boolean }
  | {
      readonly kind: 'server';
      readonly virtualServer: string;
      readonly address: IpAddress;
      readonly port: number;
      readonly up: boolean;
      readonly detail: string;
    };
