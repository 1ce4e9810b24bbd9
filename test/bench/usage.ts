/** CPU time and memory of processes. */
import { readFileSync } from 'node:fs';

export interface Usage {
  /** Ticks of 10 ms of processor time. */
  readonly ticks: number;
  /** Proportional set size: shared pages are divided among their processes. */
  readonly megabytes: number;
  /** Anonymous part of it: other processes of the machine do not change it. */
  readonly anonymous: number;
}

export function usage(pids: readonly number[]): Usage {
  return pids.reduce(
    (sum, pid) => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
      const megabytes = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1_024;
      return {
        ticks: sum.ticks + Number(fields[11]) + Number(fields[12]),
        megabytes: sum.megabytes + megabytes('Pss'),
        anonymous: sum.anonymous + megabytes('Pss_Anon'),
      };
    },
    { ticks: 0, megabytes: 0, anonymous: 0 },
  );
}
