/**
 * The agent's sign of life, every 100 ms: that it is there, and how late this machine ran for it and for the node's
 * processes. Waiting for a processor counts; a paused process and an engine that is busy with itself do not. What a
 * process does late is seen late by the agent, too: both delays add up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { monotonicNow } from '../linux/clock.ts';
import { HEARTBEAT } from '../observe/witness.ts';
import { type Micros, micros } from '../time.ts';

/** A timer this often notices when the whole machine stands still (us). */
const TICK = 20_000;
/**
 * Where a look takes long, ticks are at least 20 and signs of life 60 looks apart, and a sign of life comes in time
 * all the same: in a guest in which each syscall takes 50 us the agents alone filled the processor.
 */
const TICK_LOOKS = 20;
const BEAT_LOOKS = 60;
const LONGEST_BEAT = 2 * HEARTBEAT;

/** `beat` gets the largest delay since the last one: of any process, and of the agent that watches it. */
export function startHeartbeat(beat: (late: Micros) => void): void {
  const queues = new RunQueues();
  let due = monotonicNow() + TICK;
  let next = monotonicNow() + HEARTBEAT;
  let late = 0;
  // The shortest ever: one that waited for a processor says nothing of the machine.
  let look = HEARTBEAT / TICK_LOOKS;
  const tick = (): void => {
    const now = monotonicNow();
    late = Math.max(late, now - due);
    if (now >= next) {
      const { own, others } = queues.longestWaits();
      look = Math.min(look, monotonicNow() - now);
      beat(micros(Math.max(late, own) + others));
      late = 0;
      next = Math.max(next + Math.min(Math.max(HEARTBEAT, BEAT_LOOKS * look), LONGEST_BEAT), now);
    }
    due = Math.max(due + Math.max(TICK, TICK_LOOKS * look), now + 1);
    setTimeout(tick, (due - now) / 1_000);
  };
  queues.longestWaits();
  beat(micros(0));
  setTimeout(tick, TICK / 1_000);
}

/** Time that processes of this node have waited for a processor (proc(5): schedstat, second field, ns). */
class RunQueues {
  private waited = new Map<string, number>();

  /** Since the last call, in us: of the agent, and the longest of any other. One that has ended is not known. */
  longestWaits(): { readonly own: number; readonly others: number } {
    const now = new Map<string, number>();
    const longest = { own: 0, others: 0 };
    for (const pid of readdirSync('/proc')) {
      const total = /^\d/.test(pid) ? waitOf(pid) : undefined;
      if (total === undefined) continue;
      now.set(pid, total);
      const whose = pid === String(process.pid) ? 'own' : 'others';
      const since = (total - (this.waited.get(pid) ?? total)) / 1_000;
      longest[whose] = Math.max(longest[whose], since);
    }
    this.waited = now;
    return longest;
  }
}

function waitOf(pid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]);
  } catch {
    return undefined; // it has ended, or the kernel keeps no such account
  }
}
