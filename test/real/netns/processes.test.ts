import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`p${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const daemon = (global: string, prefix: readonly string[] = []): Daemon =>
  net.halabd('a', net.write('a.conf', `global_defs {\n${global}\n}\n${conf(150)}`), prefix);
const owns = (story: () => string): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, story);
const status = (pid: number, key: string): string =>
  new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
const childPid = (): number =>
  net
    .pids('a')
    .find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('vrrp-child')) ?? 0;
/** Fields of /proc/PID/stat after the name: 0 is the state, 16 the nice value. */
const stat = (pid: number, field: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[field] ?? '';
const NICE = 16;
const REAL_TIME_PRIORITY = 37;
const POLICY = 38;
const SCHED_RR = '2';

/** Whether this machine allows real-time priority: a container may not. */
const realTime = spawnSync('chrt', ['-r', '1', 'true']).status === 0;
const CPUS = (readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm) ?? []).length;

describe('the vrrp child', () => {
  it('runs with the configured priority, memory lock and processor', async () => {
    const a = daemon(`vrrp_priority -5
      vrrp_rt_priority 7
      vrrp_rlimit_rttime 5000000
      vrrp_no_swap
      vrrp_cpu_affinity 0
      process_names
      vrrp_process_name my_vrrp`);
    await owns(a.output);
    const pid = childPid();
    expect(status(pid, 'Name')).toBe('my_vrrp');
    expect(status(pid, 'Cpus_allowed_list')).toBe('0');
    expect(stat(pid, NICE)).toBe('-5');
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(
      /^Max realtime timeout\s+5000000 /m,
    );
    // If the kernel does not allow it, that is logged and nothing else happens.
    if (realTime) {
      expect([stat(pid, POLICY), stat(pid, REAL_TIME_PRIORITY)]).toEqual([SCHED_RR, '7']);
    } else expect(a.output()).toContain('vrrp_rt_priority 7: not allowed here');
    const locked = Number.parseInt(status(pid, 'VmLck'), 10) > 0;
    expect(locked).toBe(!a.output().includes('vrrp_no_swap on: not allowed here'));
    net.write('a.conf', conf(150));
    a.child.kill('SIGHUP');
    await becomes('as usual again', () => status(pid, 'Cpus_allowed_list') !== '0' || CPUS === 1);
    await becomes('not real-time', () => stat(pid, POLICY) === '0');
    expect(net.addresses('a')).toContain(VIP);
  });

  it('runs without settings that it is not allowed, and logs them', async () => {
    const poor = ['setpriv', '--bounding-set', '-sys_nice,-sys_resource,-ipc_lock'];
    const a = daemon('vrrp_priority -5\nvrrp_rt_priority 7', poor);
    await owns(a.output);
    expect(a.output()).toContain('vrrp_rt_priority 7: not allowed here: EPERM');
    expect(a.output()).toContain('vrrp_priority -5: not allowed here');
    expect(stat(childPid(), NICE)).toBe('0');
  });

  it('gets a higher priority after it ran late, up to max_auto_priority', async () => {
    const a = daemon('max_auto_priority 1\nmin_auto_priority_delay 300000');
    await owns(a.output);
    const pid = childPid();
    for (let round = 0; round < 2; round++) {
      process.kill(pid, 'SIGSTOP');
      await pause(600);
      process.kill(pid, 'SIGCONT');
      await pause(600);
    }
    await becomes('it says so', () => / late/.test(a.output()));
    if (realTime) {
      expect(a.output().match(/now at real-time priority/g)).toHaveLength(1);
      expect([stat(pid, POLICY), stat(pid, REAL_TIME_PRIORITY)]).toEqual([SCHED_RR, '1']);
    } else expect(a.output()).toMatch(/max_auto_priority: E/);
  });
});

it('files have the umask of the configuration, or of -u', async () => {
  const file = net.write('a.conf', `global_defs {\numask 077\n}\n${conf(150)}`);
  const program = [process.execPath, join(ROOT, 'dist/halabd.js'), '-f', file, '-n', '-l', '-G'];
  const [node = '', ...args] = program;
  const modeOfLog = async (name: string, ...more: string[]): Promise<number> => {
    const path = join(net.folder, name);
    const daemon = net.run('a', node, ...args, '-g', path, '-p', `${path}.pid`, ...more);
    await owns(daemon.output);
    const mode = statSync(`${path}.pid`).mode & 0o777;
    daemon.child.kill('SIGTERM');
    await daemon.exit;
    return mode;
  };
  expect(await modeOfLog('one')).toBe(0o600);
  expect(await modeOfLog('two', '-u', '026')).toBe(0o640);
});
