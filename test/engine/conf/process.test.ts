import { describe, expect, it } from 'vitest';
import { umaskOf } from '../../../src/engine/conf/process.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
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
  return { process: config.global.process, findings: issues.map(({ message }) => message) };
};

describe('the processes of the daemon', () => {
  it('have the defaults of keepalived', () => {
    expect(read('')).toEqual({ process: PROCESS_DEFAULTS, findings: [] });
  });

  it('are scheduled by the settings of each child', () => {
    const { process, findings } = read(`vrrp_priority -10
      vrrp_rt_priority 50
      vrrp_rlimit_rttime 20000
      vrrp_no_swap
      vrrp_cpu_affinity 0 2
      checker_priority 5
      checker_rlimit_rtime 2
      max_auto_priority
      min_auto_priority_delay 500000`);
    expect(findings).toEqual([]);
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

  it('have the names of keepalived, or the configured ones', () => {
    const names = (text: string) => {
      const { parentName, vrrpName, checkerName } = read(text).process;
      return [parentName, vrrpName, checkerName];
    };
    const [vrrp, lvs] = ['keepalived_vrrp', 'keepalived_lvs'];
    expect(names('process_names')).toEqual([undefined, vrrp, lvs]);
    // The last value counts.
    expect(names('process_names\nvrrp_process_name mine')).toEqual([undefined, 'mine', lvs]);
    expect(names('vrrp_process_name mine\nprocess_names')).toEqual([undefined, vrrp, lvs]);
    expect(names('process_name top')).toEqual(['top', undefined, undefined]);
  });

  it('take namespace and instance only outside of global_defs', () => {
    const outside = read('', 'net_namespace red\ninstance one\nuse_pid_dir\nchild_wait_time 7');
    expect(outside.findings).toEqual([]);
    expect(outside.process).toMatchObject({ namespace: 'red', instance: 'one', usePidDir: true });
    expect(read('net_namespace red\ninstance one\nuse_pid_dir')).toEqual({
      process: PROCESS_DEFAULTS,
      findings: ['net_namespace', 'instance', 'use_pid_dir'].map(
        (word) => `unknown keyword "${word}": it is ignored`,
      ),
    });
    const twice = read('', 'net_namespace red\nnet_namespace blue');
    expect(twice.process.namespace).toBe('red');
  });

  it('take the value that keepalived makes of a wrong one, with a warning', () => {
    const { process, findings } = read(`vrrp_rt_priority 100
      vrrp_cpu_affinity
      checker_cpu_affinity one
      umask rw
      vrrp_process_name far_too_long_for_a_name
      max_auto_priority -2
      checker_rlimit_rttime 1`);
    expect(findings).toEqual([
      'the priority becomes 99',
      'vrrp_cpu_affinity takes CPUs: ignored',
      'checker_cpu_affinity is a whole number from 0 to 1023',
      'umask is a number from 0 to 0777, or bits such as IWGRP|IWOTH',
      'the name becomes "far_too_long_fo"',
      'max_auto_priority is a whole number from -1 to 99',
    ]);
    expect(process).toMatchObject({
      vrrp: { realTime: 99, cpus: [] },
      checker: { cpus: [0], realTimeLimit: 2 },
      umask: PROCESS_DEFAULTS.umask,
      vrrpName: 'far_too_long_fo',
      maxAutoPriority: 0,
    });
  });

  it('refuse a path as a name', () => {
    const { config, outcome } = parseConfig(`instance ../up\n${INSTANCE}`, 'k');
    expect({ instance: config.global.process.instance, outcome }).toEqual({
      instance: undefined,
      outcome: 'stops',
    });
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
