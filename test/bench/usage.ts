/** What processes have cost. */
import { readFileSync } from 'node:fs';

/** Ticks of 10 ms of processor time, and megabytes (proportional), of processes. */
export function usage(pids: readonly number[]): { ticks: number; megabytes: number } {
  return pids.reduce(
    (sum, pid) => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [, kilobytes = '0'] =
        /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
      return {
        ticks: sum.ticks + Number(fields[11]) + Number(fields[12]),
        megabytes: sum.megabytes + Number(kilobytes) / 1_024,
      };
    },
    { ticks: 0, megabytes: 0 },
  );
}
