/** Labels of everything that a run makes, by which leftovers of killed runs are recognised. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export type Labels = Readonly<Record<string, string>>;

export const MARK = 'halab';

export function labelsOf(runId: string, more: Labels = {}): Labels {
  return {
    [MARK]: '1',
    'halab.run': runId,
    'halab.pid': String(process.pid),
    'halab.pidstart': startOf(process.pid) ?? '0',
    'halab.host': host(),
    'halab.pidns': processNamespace(),
    ...more,
  };
}

/** Whether its process would be visible from here: the same machine, boot and process namespace. */
export function isHere(labels: Labels): boolean {
  const { 'halab.pidns': namespace = processNamespace() } = labels;
  return labels['halab.host'] === host() && namespace === processNamespace();
}

/** The pid of the run that made it, if that process is visible here and alive. */
export function pidSeen(labels: Labels): number | undefined {
  if (!isHere(labels)) return undefined;
  const pid = Number(labels['halab.pid']);
  const start = startOf(pid);
  return start !== undefined && start === labels['halab.pidstart'] ? pid : undefined;
}

/** When a process was started, in clock ticks since boot: unique together with its pid. */
function startOf(pid: number): string | undefined {
  const stat = found(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return process.platform === 'linux' || pid !== process.pid ? undefined : '0';
}

/** The machine and its boot, within which a pid is meaningful. */
function host(): string {
  const boot = found(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  return boot === undefined ? hostname() : `${hostname()}/${boot}`;
}

function processNamespace(): string {
  return found(() => readlinkSync('/proc/self/ns/pid')) ?? '';
}

/** Undefined: it cannot be read. */
function found(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
