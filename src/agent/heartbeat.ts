/**
 * The agent's heartbeat, every 100 ms, with the scheduling delay of this machine. Time in which the agent or a process
 * of the node waited for a processor counts; a paused process and a busy engine do not. The two delays add up, for the
 * agent observes late what a process does late.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { monotonicNow } from '../linux/clock.ts';
import { HEARTBEAT } from '../observe/witness.ts';
import { type Micros, micros } from '../time.ts';

/** Period of the timer that notices a machine that stands still (us). */
const TICK = 20_000;
/**
 * Symptom: in a guest with 50 us per syscall the agents alone filled the processor. Where reading /proc takes long,
 * ticks are at least 20 reads apart and heartbeats 60, but a heartbeat is never more than LONGEST_BEAT late.
 */
const TICK_LOOKS = 20;
const BEAT_LOOKS = 60;
const LONGEST_BEAT = 2 * HEARTBEAT;

/** Calls `beat` with the largest delay since the last heartbeat: that of any process plus that of the agent. */
export function startHeartbeat(beat: (late: Micros) => void): void {
  const queues = new RunQueues();
  let due = monotonicNow() + TICK;
  let next = monotonicNow() + HEARTBEAT;
  let late = 0;
  // The shortest read so far: a longer one may have waited for a processor.
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

/** Time that the processes of this node waited for a processor (proc(5): schedstat, second field, ns). */
class RunQueues {
  private waited = new Map<string, number>();

  /** Since the last call, in us: the agent's own, and the longest of any other process that still runs. */
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
