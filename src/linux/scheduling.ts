/** Scheduling and memory locks of this process. Every function returns the name of the error, or undefined. */
import { readdirSync } from 'node:fs';
import { i32 } from './bytes.ts';
import { hasCapability } from './capabilities.ts';
import { lastError, libc } from './libc.ts';

const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** Scripts and children must not inherit it. */
const SCHED_RESET_ON_FORK = 0x40000000;
const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
/** Pages are locked when they are used: Node reserves far more than it touches. */
const MCL_ONFAULT = 4;
const RLIMIT_MEMLOCK = 8;
const RLIMIT_RTTIME = 15;
const MASK_BYTES = 128;

/** Real-time (round robin) at this priority, 1..99; undefined: the usual scheduling again. Of the calling thread. */
export function setRealTime(priority: number | undefined): string | undefined {
  const param = i32(priority ?? 0);
  const policy = priority === undefined ? SCHED_OTHER : SCHED_RR | SCHED_RESET_ON_FORK;
  return outcome(libc().schedSetscheduler(0, policy, param));
}

/** CPU time in microseconds without waiting, after which a real-time thread gets SIGXCPU; undefined: none. */
export function setRealTimeLimit(micros: number | undefined): string | undefined {
  const limit = Buffer.alloc(16);
  const failed = outcome(libc().prlimit(0, RLIMIT_RTTIME, null, limit));
  if (failed !== undefined) return failed;
  // The hard limit stays as it is: reaching it would kill the process.
  const hard = limit.readBigUInt64LE(8);
  limit.writeBigUInt64LE(micros === undefined ? hard : BigInt(micros), 0);
  return outcome(libc().prlimit(0, RLIMIT_RTTIME, limit, null));
}

/**
 * Keeps the process out of swap. Only if RLIMIT_MEMLOCK does not apply or is unlimited: otherwise every allocation
 * beyond the limit would fail later.
 */
export function lockMemory(on: boolean): string | undefined {
  if (!on) return outcome(libc().munlockall());
  const lock = (): number => libc().mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  if (hasCapability('IPC_LOCK')) return outcome(lock());
  const unlimited = Buffer.alloc(16, 0xff);
  return outcome(libc().prlimit(0, RLIMIT_MEMLOCK, unlimited, null)) ?? outcome(lock());
}

/** All threads of the process on these processors; none: on all. */
export function setCpus(cpus: readonly number[]): string | undefined {
  const mask = Buffer.alloc(MASK_BYTES, cpus.length === 0 ? 0xff : 0);
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  for (const thread of readdirSync('/proc/self/task')) {
    const failed = outcome(libc().schedSetaffinity(Number(thread), mask.length, mask));
    // A thread may have ended since.
    if (failed !== undefined && failed !== 'ESRCH') return failed;
  }
  return undefined;
}

function outcome(result: number): string | undefined {
  return result === 0 ? undefined : lastError().name;
}
