/** The clock of a real lab: the kernel's CLOCK_MONOTONIC, the same in every container of a machine. */
import { type Instant, instant } from '../time.ts';
import { libc } from './libc.ts';

export function monotonicNow(): Instant {
  const [seconds, nanoseconds] = process.hrtime();
  return instant(seconds * 1_000_000 + nanoseconds / 1_000);
}

const CLOCK_REALTIME = 0;

/**
 * CLOCK_REALTIME minus CLOCK_MONOTONIC in microseconds, to bring the kernel's packet stamps to the
 * monotonic clock. Read between two readings of the other clock; the tightest of a few counts.
 */
export function realtimeOffset(): number {
  const spec = Buffer.alloc(16);
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < 5; i++) {
    const before = process.hrtime.bigint();
    libc().clockGettime(CLOCK_REALTIME, spec);
    const after = process.hrtime.bigint();
    const width = Number(after - before);
    if (width >= best.width) continue;
    const realtime =
      Number(spec.readBigInt64LE(0)) * 1_000_000 + Number(spec.readBigInt64LE(8)) / 1_000;
    best = { width, offset: realtime - Number((before + after) / 2n) / 1_000 };
  }
  return best.offset;
}
