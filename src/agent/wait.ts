/** Waits precisely: for an instant, or for a condition. */
import { monotonicNow } from '../linux/clock.ts';

/** The time before an instant that is spent spinning, not sleeping. */
const SPIN_US = 2_000;

/** Resolves at `at` (CLOCK_MONOTONIC, us) to within some microseconds; at once if it has passed. */
export async function until(at: number): Promise<void> {
  const remaining = at - monotonicNow();
  if (remaining > SPIN_US) await sleep((remaining - SPIN_US) / 1_000);
  while (monotonicNow() < at); // at most 2 ms
}

/** Polls the condition; false if it did not become true in time. */
export async function becomesTrue(
  condition: () => boolean,
  options: { readonly everyMs: number; readonly withinMs: number },
): Promise<boolean> {
  const deadline = monotonicNow() + options.withinMs * 1_000;
  while (!condition()) {
    if (monotonicNow() > deadline) return false;
    await sleep(options.everyMs);
  }
  return true;
}

/** Calls `work` with 0, 1, 2 ... on a fixed schedule from now on, however late a call comes. */
export function onSchedule(everyUs: number, work: (sequence: number) => void): void {
  const start = monotonicNow();
  let sequence = 0;
  const next = (): void => {
    work(sequence++);
    const due = start + sequence * everyUs;
    setTimeout(next, Math.max(0, (due - monotonicNow()) / 1_000));
  };
  next();
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
