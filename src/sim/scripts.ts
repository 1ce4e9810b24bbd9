/** Scripts on a simulated node do not run: a model of the lab's scripts replaces them (`lab/sim/scripts.ts`). */

/** Calls `ended` with the exit code, later; undefined: a signal ended it. */
export type RunScript = (
  argv: readonly string[],
  ended: (code: number | undefined) => void,
) => ScriptRun;

export interface ScriptRun {
  /** SIGTERM or SIGKILL to its group. */
  signal(): void;
}
