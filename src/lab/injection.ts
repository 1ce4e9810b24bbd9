/** An injection of a real lab: its outcome arrives later and wakes what waits on the clock. */
import type { Injection, InjectResult } from './lab.ts';

export function injection(result: Promise<InjectResult>, wake: () => void): Injection {
  let outcome: InjectResult | undefined;
  let failure: { readonly error: unknown } | undefined;
  result.then(
    (seen) => {
      outcome = seen;
      wake();
    },
    (error: unknown) => {
      failure = { error };
      wake();
    },
  );
  return {
    outcome: () => {
      if (failure !== undefined) throw failure.error;
      return outcome;
    },
  };
}
