/** Scripts on a simulated node do not run; whoever knows the lab's scripts says what they would say. */
import type { Micros } from '../time.ts';

/** undefined: it never ends by itself. */
export type RunScript = (
  argv: readonly string[],
) => { readonly after: Micros; readonly ok: boolean } | undefined;
