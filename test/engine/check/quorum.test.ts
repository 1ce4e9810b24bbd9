/** The servers of a virtual server without quorum, and the effect of a suspended check. */
import { describe, expect, it } from 'vitest';
import { nextChecksDeadline } from '../../../src/engine/check/checks.ts';
import { ip } from '../../../src/net/address.ts';
import { CHECK, CheckBench, checkConfig } from '../../support/checks.ts';

const ONCE = 'TCP_CHECK { connect_port 80\n warmup 0\n delay_loop 1\n retry 0 }';
const weighted = (...weights: readonly number[]): string[] =>
  weights.map((weight) => `weight ${weight}\n${ONCE}`);

describe('a lost quorum', () => {
  it('leaves only the sorry server, even while servers are up', () => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK], 'quorum 2\n sorry_server 10.0.2.9'));
    bench.start();
    expect(bench.run(3, (server) => server === '1')).toEqual([
      'TCP_CHECK down: connection refused',
      'pool 2.9=1',
      '10.0.1.2 down',
      'quorum down',
    ]);
    expect(bench.run(3, () => true).slice(-3)).toEqual([
      'pool 1.1=1 1.2=1',
      '10.0.1.2 up',
      'quorum up',
    ]);
  });

  it('keeps servers that are up with weight 0 if they are inhibited', () => {
    const more = 'quorum 2\n inhibit_on_failure\n sorry_server 10.0.2.9';
    const bench = new CheckBench(checkConfig([CHECK, CHECK], more));
    bench.start();
    expect(bench.run(3, (server) => server === '1')).toContain('pool 1.1=0 1.2=0 2.9=1');
  });

  it('without a sorry server keeps the servers that are up', () => {
    const bench = new CheckBench(checkConfig([CHECK, CHECK], 'quorum 2'));
    bench.start();
    expect(bench.run(3, (server) => server === '1')).toContain('pool 1.1=1');
  });
});

describe('a quorum with hysteresis', () => {
  // The weight starts at 60, quorum 30, hysteresis 5.
  const bench = (first: number): CheckBench => {
    const made = new CheckBench(
      checkConfig(weighted(first, 60 - first), 'quorum 30\n hysteresis 5'),
    );
    made.start();
    return made;
  };

  it.each([
    [25, undefined],
    [24, 'quorum down'],
  ])('of 30 - 5 holds with 25 and is lost with 24 (%i)', (left, expected) => {
    const lines = bench(left).run(2, (server) => server === '1');
    expect(lines.find((line) => line.startsWith('quorum'))).toBe(expected);
  });

  it.each([
    [34, undefined],
    [35, 'quorum up'],
  ])('of 30 + 5 is not gained with 34 and is gained with 35 (%i)', (back, expected) => {
    const changed = bench(back);
    expect(changed.run(2, () => false)).toContain('quorum down');
    const lines = changed.run(20, (server) => server === '1');
    expect(lines.find((line) => line.startsWith('quorum'))).toBe(expected);
  });
});

it('is gained or lost by a weight that a check changes', () => {
  const misc = 'weight 5\nMISC_CHECK { misc_path /bin/true\n misc_dynamic\n warmup 0 }';
  const bench = new CheckBench(checkConfig([misc], 'quorum 4'));
  bench.start();
  bench.end('misc', true, undefined, 3);
  expect(bench.take()).toEqual(['pool 1.1=3', 'quorum down', 'weight']);
  bench.run(1, () => true);
  expect(bench.state.servers[0]?.quorum).toBe(true);
});

describe('a running check when ha_suspend begins', () => {
  const suspended = (): CheckBench => {
    const bench = new CheckBench(checkConfig([ONCE], 'ha_suspend'));
    bench.input({ kind: 'addresses', present: [ip('10.0.0.100')] });
    bench.start();
    expect([...bench.probes.keys()]).toEqual(['1']);
    bench.input({ kind: 'addresses', present: [] });
    return bench;
  };

  it('changes no verdict when it fails', () => {
    const bench = suspended();
    bench.end('1', false);
    expect(bench.take()).toEqual([]);
    expect(nextChecksDeadline(bench.state)).toBeUndefined();
  });

  it('changes no verdict when it times out, and is stopped', () => {
    const bench = suspended();
    const end = nextChecksDeadline(bench.state);
    expect(end).toBeDefined();
    bench.now = end ?? bench.now;
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['abort']);
  });

  it('starts again when the address returns', () => {
    const bench = suspended();
    bench.end('1', false);
    bench.input({ kind: 'addresses', present: [ip('10.0.0.100')] });
    bench.input({ kind: 'wake' });
    bench.end('1', false);
    expect(bench.take()).toContain('10.0.1.1 down');
  });
});
