import { describe, expect, it } from 'vitest';
import { nextChecksDeadline } from '../../../src/engine/check/checks.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { ip } from '../../../src/net/address.ts';
import { micros } from '../../../src/time.ts';
import { CHECK, CheckBench, checkConfig } from '../../support/checks.ts';

describe('a virtual server', () => {
  it('removes a server when its check fails, and adds it when the check recovers', () => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK]));
    expect(bench.start()).toEqual(['pool 1.1=1 1.2=1', 'quorum up']);
    expect(bench.run(3, (server) => server === '1')).toEqual([
      'TCP_CHECK down: connection refused',
      'pool 1.1=1',
      '10.0.1.2 down',
    ]);
    expect(bench.run(3, () => true)).toEqual([
      'TCP_CHECK up: answered',
      'pool 1.1=1 1.2=1',
      '10.0.1.2 up',
    ]);
  });

  it('removes a server at the first failure after the start, and later only after its retries', () => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK]));
    bench.start();
    expect(bench.run(1, (server) => server === '1')).toContain('10.0.1.2 down');
    expect(bench.run(1, () => false)).toEqual([]);
    expect(bench.run(2, () => false)).toContain('10.0.1.1 down');
  });

  it('gives all traffic to the sorry server while no server is up, in one change of the pool (keepalived #362, #373)', () => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK], 'sorry_server 10.0.2.9 80'));
    bench.start();
    bench.run(3, (server) => server === '1');
    expect(bench.run(3, () => false)).toEqual([
      'TCP_CHECK down: connection refused',
      'pool 2.9=1',
      '10.0.1.1 down',
      'quorum down',
    ]);
    expect(bench.run(1, (server) => server === '2')).toEqual([
      'TCP_CHECK up: answered',
      'pool 1.2=1',
      '10.0.1.2 up',
      'quorum up',
    ]);
  });

  it('counts the quorum in weights, with hysteresis against flapping (keepalived #649)', () => {
    const three = [10, 20, 30].map((weight) => `weight ${weight}\n${CHECK}`);
    const bench = new CheckBench(checkConfig(three, 'quorum 30\n hysteresis 5'));
    expect(bench.start()).toContain('quorum up');
    // 60, 50, 30, then 20 < 30 - 5.
    expect(bench.run(3, (s) => s !== '1')).toContain('pool 1.2=20 1.3=30');
    expect(bench.run(3, (s) => s === '3')).toContain('pool 1.3=30');
    expect(bench.run(3, () => false).slice(-3)).toEqual(['pool', '10.0.1.3 down', 'quorum down']);
    // 30 is not yet 30 + 5.
    expect(bench.run(3, (s) => s === '3').slice(-2)).toEqual(['pool 1.3=30', '10.0.1.3 up']);
    expect(bench.run(3, (s) => s !== '2').at(-1)).toBe('quorum up');
  });

  it('keeps an inhibited server with weight 0, and an inhibited sorry server too', () => {
    const more = 'inhibit_on_failure\n sorry_server 10.0.2.9 80\n sorry_server_inhibit';
    const bench = new CheckBench(checkConfig([CHECK, CHECK], more));
    expect(bench.start()[0]).toBe('pool 1.1=1 1.2=1 2.9=0');
    expect(bench.run(3, (s) => s === '1').at(-2)).toBe('pool 1.1=1 1.2=0 2.9=0');
    expect(bench.run(3, () => false)).toContain('pool 1.1=0 1.2=0 2.9=1');
  });

  it('has no server with alpha until a check has succeeded', () => {
    const bench = new CheckBench(checkConfig([CHECK], 'alpha'));
    expect(bench.start()).toEqual(['pool', 'quorum down']);
    bench.end('1', true);
    expect(bench.take()).toEqual([
      'TCP_CHECK up: answered',
      'pool 1.1=1',
      '10.0.1.1 up',
      'quorum up',
    ]);
  });

  it('reports all servers down at the stop with omega, and nothing without it', () => {
    const quiet = new CheckBench(checkConfig([CHECK]));
    quiet.start();
    quiet.end('1', true);
    quiet.input({ kind: 'shutdown' });
    expect(quiet.take()).toEqual(['remove-pool']);
    const loud = new CheckBench(checkConfig([CHECK], 'omega'));
    loud.start();
    loud.input({ kind: 'shutdown' });
    expect(loud.take()).toEqual(['abort', '10.0.1.1 down', 'quorum down', 'remove-pool']);
    expect(nextChecksDeadline(loud.state)).toBeUndefined();
  });

  it('keeps a server up while all its checks succeed', () => {
    const bench = new CheckBench(
      checkConfig([`${CHECK}\nMISC_CHECK { misc_path /bin/true\n warmup 0 }`]),
    );
    bench.start();
    bench.end('1', true);
    bench.end('misc', false);
    expect(bench.take()).toContain('10.0.1.1 down');
  });

  it('takes the weight from misc_dynamic', () => {
    const misc = 'weight 5\nMISC_CHECK { misc_path /bin/true\n misc_dynamic\n warmup 0 }';
    const bench = new CheckBench(checkConfig([misc]));
    bench.start();
    bench.end('misc', true, undefined, 8);
    expect(bench.take()).toEqual(['pool 1.1=8', 'weight']);
    bench.run(1, () => true);
    expect(bench.state.servers[0]?.servers[0]?.weight).toBe(5);
  });

  it('reads a file: its number times the weight is added; without a weight only 0 is up', () => {
    const bench = new CheckBench(
      checkConfig([
        'weight 5\nFILE_CHECK { track_file load\n weight 2 }',
        'FILE_CHECK { track_file load\n weight 0 }',
      ]),
    );
    bench.start();
    bench.input({ kind: 'file', name: 'load', value: 3 });
    expect(bench.take().filter((line) => line.startsWith('pool'))).toEqual([
      'pool 1.1=11 1.2=1',
      'pool 1.1=11',
    ]);
    bench.input({ kind: 'file', name: 'load', value: undefined });
    expect(
      bench
        .take()
        .filter((line) => line.startsWith('pool'))
        .at(-1),
    ).toBe('pool 1.1=5 1.2=1');
  });

  it('reversed, a file with 0 is a failure, and a number reduces the weight', () => {
    const bench = new CheckBench(
      checkConfig([
        'weight 9\nFILE_CHECK { track_file load\n weight 2 reverse }',
        'FILE_CHECK { track_file load\n weight 0 reverse }',
      ]),
    );
    expect(bench.start()).toContain('10.0.1.2 down');
    bench.input({ kind: 'file', name: 'load', value: 3 });
    expect(bench.take().filter((line) => line.startsWith('pool'))).toEqual([
      'pool 1.1=3',
      'pool 1.1=3 1.2=1',
    ]);
  });

  it('starts without quorum if the weights only reach the hysteresis range', () => {
    const bench = new CheckBench(
      checkConfig(['', ''], 'quorum 2\n hysteresis 1\n sorry_server 10.0.2.9'),
    );
    expect(bench.start()).toEqual(['pool 2.9=1', 'quorum down']);
  });

  it('keeps the weight of a real server that is also the sorry server', () => {
    const sorry = 'sorry_server 10.0.1.1 80\n sorry_server_inhibit\n inhibit_on_failure';
    const bench = new CheckBench(checkConfig([CHECK, CHECK], sorry));
    expect(bench.start()).toEqual(['pool 1.1=1 1.2=1', 'quorum up']);
    expect(bench.run(3, () => false)).toContain('pool 1.2=0 1.1=1');
  });

  it('is not checked with ha_suspend while another router owns its address', () => {
    const bench = new CheckBench(checkConfig([CHECK], 'ha_suspend'));
    bench.start();
    expect(bench.probes.size).toBe(0);
    bench.input({ kind: 'addresses', present: [ip('10.0.0.100')] });
    bench.input({ kind: 'wake' });
    expect([...bench.probes.keys()]).toEqual(['1']);
    bench.input({ kind: 'addresses', present: [] });
    bench.end('1', false);
    expect(nextChecksDeadline(bench.state)).toBeUndefined();
    expect(bench.take()).toEqual([]);
  });

  it('logs every failure of a server that is up with log_all_failures', () => {
    const bench = new CheckBench(checkConfig([CHECK], '', 'checker_log_all_failures on'));
    bench.start();
    bench.end('1', true);
    expect(bench.run(1, () => false)).toEqual(['TCP_CHECK failure: connection refused']);
  });

  it('spreads the first checks over their warm-up', () => {
    const many = Array.from({ length: 50 }, () => 'TCP_CHECK { delay_loop 10 }');
    const bench = new CheckBench(checkConfig(many));
    bench.start();
    const firsts = [...bench.state.owners.values()]
      .map(({ serverCheck }) => serverCheck.check.nextAt ?? 0)
      .sort((a, b) => a - b);
    const gaps = firsts.slice(1).map((at, i) => at - (firsts[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(500_000);
    expect(Math.max(...firsts)).toBeLessThan(10_000_000);
  });
});

describe('a reload', () => {
  const down = (): CheckBench => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK]));
    bench.start();
    bench.run(3, (server) => server === '1');
    return bench;
  };

  it('keeps a failed server failed, also with another check (keepalived #106, #187, #381, #608)', () => {
    const bench = down();
    bench.input({ kind: 'config', config: checkConfig([CHECK, CHECK], 'quorum 2') });
    expect(bench.take()).toEqual(['pool 1.1=1', 'quorum down']);
    const other = CHECK.replace('80', '8080');
    bench.input({ kind: 'config', config: checkConfig([CHECK, other]) });
    expect(bench.take().filter((line) => line.includes('10.0.1'))).toEqual([]);
    expect(bench.run(2, () => true)).toContain('10.0.1.2 up');
  });

  it('keeps the failure count and the probe in flight of an unchanged check', () => {
    const bench = new CheckBench(checkConfig([CHECK]));
    bench.start();
    bench.end('1', true);
    bench.run(1, () => false);
    bench.input({ kind: 'config', config: checkConfig([CHECK, CHECK]) });
    expect(bench.take()).toEqual(['pool 1.1=1 1.2=1']);
    expect(bench.run(1, () => false)).toContain('10.0.1.1 down');
  });

  it('aborts the probes of removed checks, and takes a removed pool down', () => {
    const bench = new CheckBench(checkConfig([CHECK]));
    bench.start();
    const { config } = parseConfig(
      'virtual_server 10.0.0.101 80 {\nreal_server 10.0.1.9 80 {\n}\n}',
      'lvs.conf',
    );
    bench.input({ kind: 'config', config });
    expect(bench.take()).toEqual(['abort', 'remove-pool', 'pool 1.9=1', 'quorum up']);
    bench.end('1', false);
    expect(bench.take()).toEqual([]);
  });

  it('that removes the failing check brings the server back', () => {
    const bench = down();
    bench.input({ kind: 'config', config: checkConfig([CHECK, '']) });
    expect(bench.take()).toContain('10.0.1.2 up');
  });

  it('continues at the new interval', () => {
    const bench = new CheckBench(checkConfig(['TCP_CHECK { delay_loop 60\n warmup 0 }']));
    bench.start();
    bench.end('1', true);
    bench.input({
      kind: 'config',
      config: checkConfig(['TCP_CHECK { delay_loop 2\n warmup 0 }']),
    });
    expect(nextChecksDeadline(bench.state)).toBe(micros(2_000_000));
  });
});
