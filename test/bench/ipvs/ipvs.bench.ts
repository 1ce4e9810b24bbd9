/** The kernel of test/tiers/in-uml.mjs is slower than this machine, so keepalived is measured for comparison. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Farm } from '../../support/farm.ts';
import { becomes, type Daemon, pause } from '../../support/netns.ts';
import { crowd, eventsOf, lastEventOf, manyServers, mostLate } from '../crowd.ts';
import { median, report } from '../row.ts';
import { usage } from '../usage.ts';

let farm: Farm;
let runs = 0;
beforeEach(async () => {
  farm = new Farm(`v${runs++}`);
  await crowd(farm);
});
afterEach(() => farm.close());

const SECONDS = 20;
const table = (): string => farm.must('lb', 'ipvsadm', '-Sn');
const destinations = (): number => table().split('\n-a ').length - 1;

it.each(['keepalived', 'halabd'] as const)(
  '1 000 real servers with TCP checks every 2 s: %s',
  async (engine) => {
    const config = manyServers(1_000, 'delay_loop 2');
    const a = engine === 'halabd' ? farm.halabd(config, '-C') : farm.keepalived(config);
    await becomes('it runs', () => destinations() === 1_000, 60_000, a.output);
    await pause(10_000);
    const before = usage(farm.net.pids('lb'));
    await pause(SECONDS * 1_000);
    const after = usage(farm.net.pids('lb'));
    expect(destinations()).toBe(1_000);
    const name = `ip_vs in UML, 1 000 real servers, ${engine}`;
    report({
      name: `${name}: CPU`,
      value: (after.ticks - before.ticks) / SECONDS,
      unit: '% of a core',
    });
    report({ name: `${name}: memory (proportional)`, value: after.megabytes, unit: 'MB' });
    if (engine === 'halabd')
      report({ name: `${name}: the latest check`, value: mostLate(farm) / 1_000, unit: 'ms' });
  },
);

it('one server of 200: time from the verdict to the kernel with ip_vs', async () => {
  const a = farm.halabd(manyServers(200, 'delay_loop 1\ndelay_before_retry 0.1'), '-C');
  await becomes('it runs', () => destinations() === 200, 30_000, a.output);
  const took: number[] = [];
  for (let i = 1; i <= 20; i++) {
    const address = `10.60.0.${i}/32`;
    // More specific than the local route of all addresses: no host answers at this one.
    farm.must('web', 'ip', 'route', 'add', 'unreachable', address, 'table', 'local');
    took.push(await verdictToKernel(a, 'down', 199));
    farm.must('web', 'ip', 'route', 'del', 'unreachable', address, 'table', 'local');
    took.push(await verdictToKernel(a, 'up', 200));
  }
  report({ name: 'verdict to ip_vs in UML, one of 200: median', value: median(took), unit: 'ms' });
  report({
    name: 'verdict to ip_vs in UML, one of 200: the slowest of 40',
    value: Math.max(...took),
    unit: 'ms',
    bound: '<= 15',
  });
});

async function verdictToKernel(a: Daemon, outcome: string, servers: number): Promise<number> {
  const pool = () => lastEventOf(a, 'pool');
  await becomes(outcome, () => pool()?.servers.length === servers, 20_000, a.output);
  expect(destinations()).toBe(servers);
  const verdict = eventsOf(a, 'check').findLast((event) => event.outcome === outcome);
  return ((pool()?.at ?? Number.NaN) - (verdict?.at ?? Number.NaN)) / 1_000;
}
