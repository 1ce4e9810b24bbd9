/** The files that an agent writes and the processes that it starts, as data: kinds describe them. */

export interface WrittenFile {
  /** Absolute, inside the node. */
  readonly path: string;
  readonly text: string;
  /** [false] */
  readonly executable?: boolean;
}

export interface SpawnedProcess {
  readonly name: string;
  readonly argv: readonly string[];
  /** Its role for `process.kill` and `process.pause` [parent]. */
  readonly role?: 'parent' | 'vrrp';
  /** Role to a text in the child's command line. */
  readonly roles: Readonly<Record<string, string>>;
  /** How its standard output is read: `halabd` writes events as JSON lines. */
  readonly output: 'json-events' | 'text';
  /** Ready when this file exists. */
  readonly ready?: string;
}
