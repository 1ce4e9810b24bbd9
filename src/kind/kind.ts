/**
 * A kind is what a router runs, as data and pure functions: the files it needs and the process to
 * start. Kinds do no I/O, so N kinds and M backends cost N + M.
 */
import type { DaemonConfig } from '../engine/core/config.ts';

export interface Kind {
  readonly name: string;
  readonly files: (config: DaemonConfig) => { path: string; text: string }[];
  readonly argv: readonly string[];
  /** Text in a process' command line that tells its role. */
  readonly roles: Readonly<Record<string, string>>;
  readonly output: 'json-events' | 'text';
  /** Linux capabilities beyond NET_ADMIN and NET_RAW. */
  readonly capabilities: readonly string[];
}
