/** How fast elections are simulated, searched and shrunk. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { report } from './row.ts';

const PROGRAM = new URL('elections.mjs', import.meta.url).pathname;
const HOUR = 3_600_000_000;

/** Runs the build in its own process: code transformed for tests is half as fast. */
function run(...args: string[]): Record<string, number> {
  const text = execFileSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  return JSON.parse(text) as Record<string, number>;
}

function rate(of: string, { seconds = Number.NaN, ...totals }: Record<string, number>): number {
  return (totals[of] ?? Number.NaN) / seconds;
}

it('events, three routers, S1 to S6', () => {
  const all = run('events');
  const hours = rate('simulated', all) / HOUR;
  report({
    name: 'events, S1 to S6 on',
    value: rate('events', all) / 1e6,
    unit: 'M/s',
    bound: '>= 2',
  });
  report({
    name: 'cluster hours a second, every advert',
    value: hours,
    unit: 'h/s',
    bound: '>= 100',
  });
  const jumping = rate('simulated', run('hours')) / HOUR;
  report({
    name: 'cluster hours a second, quiet times jumped',
    value: jumping,
    unit: 'h/s',
    bound: '>= 100',
  });
});

it('elections from crash to stable, all invariants', () => {
  const value = rate('elections', run('elections')) / 1e3;
  report({ name: 'verified elections', value, unit: 'k/s', bound: '>= 50' });
});

it('random cases, a minute each, all invariants', () => {
  const all = run('cases');
  const minute = (all.simulated ?? 0) / (all.cases ?? 1) / 1e6;
  expect(minute).toBeGreaterThan(55);
  report({ name: 'virtual seconds of a case', value: minute, unit: 's' });
  report({ name: 'random cases', value: rate('cases', all) / 1e3, unit: 'k/s', bound: '>= 5' });
});

it('two workers compared with one', () => {
  const single = rate('cases', run('campaign', '1'));
  const two = rate('cases', run('campaign', '2'));
  report({ name: 'cases a second, explore with one worker', value: single, unit: '/s' });
  report({ name: 'two workers beside one', value: two / single, unit: 'x', bound: '>= 1.8' });
});

it('255 virtual routers on 1000 routers', () => {
  const { simulated = 0, seconds = 1, memory = 0 } = run('crowd');
  report({
    name: '255 x 1000, beside real time',
    value: simulated / seconds,
    unit: 'x',
    bound: '>= 10',
  });
  const crowd = run('crowd-heard');
  report({
    name: '255 x 1000, every advert delivered, relative to real time',
    value: (crowd.simulated ?? 0) / (crowd.seconds ?? 1),
    unit: 'x',
  });
  report({ name: '255 x 1000, memory', value: memory, unit: 'MB', bound: '<= 500' });
});

it('shrinking, twenty seeds', () => {
  const { found } = run('shrinking') as unknown as {
    found: { readonly faults: number; readonly seconds: number }[];
  };
  expect(found).toHaveLength(20);
  const slowest = Math.max(...found.map(({ seconds }) => seconds));
  const most = Math.max(...found.map(({ faults }) => faults));
  report({
    name: 'shrinking to two faults, slowest of 20',
    value: slowest,
    unit: 's',
    bound: '<= 10',
  });
  report({ name: 'faults left of up to 40 (2 are needed)', value: most, unit: '', bound: '<= 3' });
});
