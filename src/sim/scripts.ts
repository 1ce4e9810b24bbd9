/** Scripts on a simulated node do not run; whoever knows the lab's scripts says what they would do. */

/** `ended` is told the exit code, later; undefined: a signal ended it. */
export type RunScript = (
  argv: readonly string[],
  ended: (code: number | undefined) => void,
) => ScriptRun;

export interface ScriptRun {
  /** SIGTERM or SIGKILL to its group. */
  signal(): void;
}
