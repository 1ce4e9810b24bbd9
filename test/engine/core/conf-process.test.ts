import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/core/conf-parser.ts';
import { umaskOf } from '../../../src/engine/core/conf-process.ts';
import { PROCESS_DEFAULTS, SCHEDULING_DEFAULTS } from '../../../src/engine/core/config-process.ts';
import { micros } from '../../../src/time.ts';

const INSTANCE = `vrrp_instance v {
  interface lan
  virtual_router_id 1
  virtual_ipaddress { 10.0.0.1 }
}
`;
const read = (global: string, top = '') => {
  const { config, issues } = parseConfig(`global_defs {\n${global}\n}\n${top}\n${INSTANCE}`, 'k');
  return { process: config.global.process, told: issues.map(({ message }) => message) };
};

describe('the processes of the daemon', () => {
  it("are as keepalived's by default", () => {
    expect(read('')).toEqual({ process: PROCESS_DEFAULTS, told: [] });
  });

  it('are scheduled as each child asks', () => {
    const { process, told } = read(`vrrp_priority -10
      vrrp_rt_priority 50
      vrrp_rlimit_rttime 20000
      vrrp_no_swap
      vrrp_cpu_affinity 0 2
      checker_priority 5
      checker_rlimit_rtime 2
      max_auto_priority
      min_auto_priority_delay 500000`);
    expect(told).toEqual([]);
    expect(process).toEqual({
      ...PROCESS_DEFAULTS,
      vrrp: {
        nice: -10,
        realTime: 50,
        realTimeLimit: micros(20_000),
        noSwap: true,
        cpus: [0, 2],
      },
      checker: { ...SCHEDULING_DEFAULTS, nice: 5, realTimeLimit: micros(2) },
      maxAutoPriority: 99,
      minAutoPriorityDelay: micros(500_000),
    });
  });

  it('have names: those of keepalived, and any that are given', () => {
    const { process } = read('process_names\nvrrp_process_name mine');
    const { parentName, vrrpName, checkerName } = process;
    expect([parentName, vrrpName, checkerName]).toEqual(['keepalived', 'mine', 'keepalived_ipvs']);
  });

  it('know their namespace and instance, inside of global_defs and outside', () => {
    const outside = read('', 'net_namespace red\ninstance one\nuse_pid_dir\nchild_wait_time 7');
    expect(outside.told).toEqual([]);
    expect(outside.process).toMatchObject({ namespace: 'red', instance: 'one', usePidDir: true });
    expect(read('net_namespace red\ninstance one\nuse_pid_dir').process).toEqual(outside.process);
  });

  it('are told what is wrong', () => {
    expect(
      read(`vrrp_rt_priority 100
        vrrp_cpu_affinity
        checker_cpu_affinity one
        umask rw
        vrrp_process_name far_too_long_for_a_name
        instance ../up
        max_auto_priority -2
        checker_rlimit_rttime 1`).told,
    ).toEqual([
      'vrrp_rt_priority is a whole number from 1 to 99',
      'vrrp_cpu_affinity is a whole number from 0 to 1023',
      'checker_cpu_affinity is a whole number from 0 to 1023',
      'umask is a number from 0 to 0777, or bits such as IWGRP|IWOTH',
      'vrrp_process_name takes a name of at most 15 characters',
      'instance takes a name without "/"',
      'max_auto_priority is a whole number from -1 to 99',
      'checker_rlimit_rttime is a whole number from 2 to 1000000000',
    ]);
  });
});

it.each([
  ['022', 0o22],
  ['0x12', 0o22],
  ['18', 0o22],
  ['0', 0],
  ['IWGRP|IWOTH', 0o22],
  ['S_IRWXG', undefined],
  ['01000', undefined],
  ['08', undefined],
  ['', undefined],
])('umask %s is %o', (text, value) => {
  expect(umaskOf(text)).toBe(value);
});
