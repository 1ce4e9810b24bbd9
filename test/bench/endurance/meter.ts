/** Descriptors and memory of each process of halabd over time, and what is left in a host after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../support/netns.ts';
import { median } from '../row.ts';
import { usage } from '../usage.ts';

export type Role = 'parent' | 'vrrp child' | 'check child';

/** Names of its pid files. */
const CHILDREN: Readonly<Record<string, Role>> = { vrrp: 'vrrp child', check: 'check child' };

interface Sample {
  readonly at: number;
  readonly pid: number;
  readonly fds: number;
  readonly megabytes: number;
  readonly anonymous: number;
}

interface Growth {
  readonly descriptors: number;
  /** Proportional, at the end. */
  readonly megabytes: number;
  /** Anonymous memory. */
  readonly anonymousMegabytes: number;
  /** The measured life. */
  readonly seconds: number;
}

/** The heap after the last full collections, and its growth. */
interface Heap {
  readonly megabytes: number;
  readonly percent: number;
  readonly seconds: number;
}

/** The running processes by the pid files. */
export function processesOf(net: Network, host: string, parent: number): Map<Role, number> {
  const found = new Map<Role, number>([['parent', parent]]);
  for (const [name, role] of Object.entries(CHILDREN)) {
    const pid = attempt(() =>
      Number(readFileSync(join(net.folder, `${host}-${name}.pid`), 'utf8')),
    );
    if (pid !== undefined && pid > 0) found.set(role, pid);
  }
  return found;
}

export class Meter {
  private readonly samples = new Map<string, Sample[]>();

  sample(net: Network, host: string, parent: number): void {
    for (const [role, pid] of processesOf(net, host, parent)) {
      const sample = attempt(() => ({
        at: Date.now() / 1_000,
        pid,
        fds: readdirSync(`/proc/${pid}/fd`).length,
        ...usage([pid]),
      }));
      if (sample === undefined) continue;
      const key = `${host} ${role}`;
      this.samples.set(key, [...(this.samples.get(key) ?? []), sample]);
    }
  }

  /** Medians of the first and the last fifth of the longest life of that process, without its first tenth. */
  growth(host: string, role: Role): Growth {
    const life = this.longestLife(host, role);
    const ends = (key: 'fds' | 'megabytes' | 'anonymous'): [number, number] =>
      firstAndLast(life.map((sample) => sample[key]));
    const [fdsBefore, fds] = ends('fds');
    const [anonymousBefore, anonymous] = ends('anonymous');
    return {
      descriptors: fds - fdsBefore,
      megabytes: ends('megabytes')[1],
      anonymousMegabytes: anonymous - anonymousBefore,
      seconds: lengthOf(life),
    };
  }

  /** `log` has the lines of `--trace-gc`. */
  heap(host: string, role: Role, log: string): Heap {
    const life = this.longestLife(host, role);
    const [before, after] = firstAndLast(heapsOf(log, life[0]?.pid ?? 0));
    const percent = ((after - before) / before) * 100;
    return { megabytes: after, percent, seconds: lengthOf(life) };
  }

  private longestLife(host: string, role: Role): readonly Sample[] {
    const all = this.samples.get(`${host} ${role}`) ?? [];
    const lives = [...new Set(all.map(({ pid }) => pid))].map((pid) =>
      all.filter((sample) => sample.pid === pid),
    );
    const [longest = []] = lives.sort((a, b) => b.length - a.length);
    return longest;
  }
}

function lengthOf(life: readonly Sample[]): number {
  return (life.at(-1)?.at ?? 0) - (life[0]?.at ?? 0);
}

/** The first tenth is warm-up. */
function firstAndLast(values: readonly number[]): [number, number] {
  const warm = values.slice(Math.ceil(values.length / 10));
  const fifth = Math.max(1, Math.floor(warm.length / 5));
  return [median(warm.slice(0, fifth)), median(warm.slice(-fifth))];
}

/** Megabytes after each full collection of a process's main thread, which is the first that collects. */
function heapsOf(log: string, pid: number): number[] {
  const line = new RegExp(
    `^\\[${pid}:(0x[0-9a-f]+)\\].*Mark-Compact [\\d.]+ \\([\\d.]+\\) -> ([\\d.]+) `,
    'gm',
  );
  const found = [...log.matchAll(line)];
  const heaps = found.filter(([, heap]) => heap === found[0]?.[1]);
  return heaps.map(([, , megabytes]) => Number(megabytes));
}

/** Everything that halabd may leave behind in a network namespace, as comparable text. */
export function traces(net: Network, host: string): string[] {
  const ask = (...command: string[]): string[] =>
    net
      .ask(host, ...command)
      .output.split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const rows = (path: string): string[] => ask('cat', path).slice(1);
  return [
    ...ask('ip', '-4', '-o', 'addr', 'show').map((line) => line.replace(/^\d+: /, '')),
    ...ask('ip', '-o', 'link', 'show').map((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? line),
    ...ask('ip', 'rule'),
    ...ask('ip', '-6', 'rule'),
    ...ask('ip', '-4', 'route', 'show', 'table', 'all'),
    ...ask('nft', 'list', 'tables'),
    ...['raw', 'raw6', 'packet', 'tcp'].flatMap((name) =>
      // 06 is TIME_WAIT, which belongs to no process.
      rows(`/proc/net/${name}`).flatMap((line) =>
        name === 'tcp' && / 06 /.test(line) ? [] : [`${name} ${line}`],
      ),
    ),
    ...rows('/proc/net/unix').filter((line) => line.includes('halabd')),
    ...net.pids(host).map((pid) => `process ${pid}`),
  ].sort();
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // the process has ended meanwhile
  }
}
