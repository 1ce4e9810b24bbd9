import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/conf/read.ts';
import { downBounds } from '../support/down-bounds.ts';
import { answersOf, Farm, real, virtual } from '../support/farm.ts';
import { becomes, type Daemon, pause, ROOT } from '../support/netns.ts';
import { type CheckEvent, crowd, eventsOf, lastEventOf, manyServers, mostLate } from './crowd.ts';
import { median, report } from './row.ts';
import { usage } from './usage.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`k${runs++}`);
});
afterEach(() => farm.close());

it('1 000 real servers with TCP checks every 2 s', async () => {
  await crowd(farm);
  const a = farm.halabd(manyServers(1_000, 'delay_loop 2'), '-C');
  await becomes('it runs', () => eventsOf(a, 'pool').length > 0, 30_000, a.output);
  await pause(6_000);
  const before = usage(farm.net.pids('lb'));
  await pause(20_000);
  const after = usage(farm.net.pids('lb'));
  expect(eventsOf(a, 'check')).toEqual([]);
  report({
    name: '1 000 real servers checked every 2 s: CPU',
    value: (after.ticks - before.ticks) / 20,
    unit: '% of a core',
    bound: '<= 25',
  });
  report({
    name: '1 000 real servers checked every 2 s: memory (proportional)',
    value: after.megabytes,
    unit: 'MB',
    bound: '<= 150',
  });
  report({
    name: '1 000 real servers checked every 2 s: the latest check',
    value: mostLate(farm) / 1_000,
    unit: 'ms',
    bound: '<= 50',
  });
});

it('one server of 200: time from the verdict to the kernel with nftables', async () => {
  await crowd(farm);
  const a = farm.halabd(manyServers(200, 'delay_loop 0.5\ndelay_before_retry 0.1'), '-C');
  await becomes('it runs', () => eventsOf(a, 'pool').length > 0, 30_000, a.output);
  const took: number[] = [];
  for (let i = 0; i < 20; i++) {
    farm.block('web', 'reject with tcp reset', `ip daddr 10.60.0.${i + 1} tcp dport 80`);
    took.push(await verdictToKernel(a, 'down', 199));
    farm.unblock('web');
    took.push(await verdictToKernel(a, 'up', 200));
  }
  report({ name: 'verdict to nftables, one of 200: median', value: median(took), unit: 'ms' });
  report({
    name: 'verdict to nftables, one of 200: the slowest of 40',
    value: Math.max(...took),
    unit: 'ms',
    bound: '<= 20',
  });
});

/** Reads the rules of the kernel, too: the report of the daemon alone proves nothing. */
async function verdictToKernel(a: Daemon, outcome: string, servers: number): Promise<number> {
  const pool = (): CheckEvent | undefined => lastEventOf(a, 'pool');
  await becomes(outcome, () => pool()?.servers.length === servers, 10_000, a.output);
  const rules = farm.must('lb', 'nft', 'list', 'table', 'inet', 'halab_lvs');
  expect(rules).toContain(`mod ${servers} map`);
  const verdict = eventsOf(a, 'check').findLast((event) => event.outcome === outcome);
  return ((pool()?.at ?? Number.NaN) - (verdict?.at ?? Number.NaN)) / 1_000;
}

it('20 removals under a steady load: requests to the drained server', async () => {
  await farm.serve('web1', 'web2');
  const check = `MISC_CHECK { misc_path "/usr/bin/test -e ${join(farm.net.folder, 'good')}" }`;
  farm.net.write('good', '');
  const a = farm.halabd(virtual([real('web1', { check }), real('web2')]), '-C');
  await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
  const client = farm.keepAsking(1);
  const drained: { from: number; to: number }[] = [];
  const pool = (): CheckEvent | undefined => lastEventOf(a, 'pool');
  for (let i = 0; i < 20; i++) {
    farm.must('lb', 'rm', join(farm.net.folder, 'good'));
    await becomes('it is removed', () => pool()?.servers.length === 1);
    const from = pool()?.at ?? 0;
    await pause(300);
    const to = Number(process.hrtime.bigint() / 1_000n);
    drained.push({ from, to });
    farm.net.write('good', '');
    await becomes('it is back', () => pool()?.servers.length === 2);
    await pause(200);
  }
  const answers = answersOf(client.output());
  const during = answers.filter(({ at }) => drained.some(({ from, to }) => at > from && at < to));
  expect(during.length).toBeGreaterThan(1_000);
  const rate = answers.length / (((answers.at(-1)?.at ?? 0) - (answers[0]?.at ?? 0)) / 1_000_000);
  report({ name: 'steady load', value: rate, unit: 'requests/s' });
  report({
    name: 'requests to a drained server in 20 removals',
    value: during.filter(({ answer }) => answer === 'web1').length,
    unit: `of ${during.length}`,
    bound: '<= 0',
  });
  report({
    name: 'requests that failed meanwhile',
    value: answers.filter(({ answer }) => answer.startsWith('!')).length,
    unit: `of ${answers.length}`,
    bound: '<= 0',
  });
});

it('50 stratified failures are declared within the bounds, never earlier', async () => {
  farm.net.host('web1', '10.50.2.11/24');
  const check =
    'HTTP_GET {\nconnect_timeout 0.3\nretry 2\ndelay_before_retry 0.2\nurl { path / }\n}';
  const config = virtual([real('web1', { check })]).replace('delay_loop 0.1', 'delay_loop 0.5');
  const timing = parseConfig(config, 'lb.conf').config?.check.virtualServers[0]?.realServers[0]
    ?.checkers[0]?.timing;
  if (timing === undefined) throw new Error('no checker');
  const { earliest, latest } = downBounds(timing);
  const a = farm.halabd(config, '-C');
  const took: number[] = [];
  for (let i = 0; i < 50; i++) {
    const mode = i % 2 === 0 ? 'close' : 'hang';
    const args = ['80', mode, String((i / 50) * 500)];
    const script = join(ROOT, 'test/fixtures/failing.mjs');
    const before = eventsOf(a, 'check').length;
    const server = farm.net.run('web1', process.execPath, script, ...args);
    const failed = (): number => Number(/failed (\d+)/.exec(server.output())?.[1] ?? 0);
    const verdict = (): number =>
      eventsOf(a, 'check')
        .slice(before)
        .find(({ at, outcome }) => outcome === 'down' && at > failed() && failed() > 0)?.at ?? 0;
    await becomes(
      `run ${i}`,
      () => verdict() > 0,
      10_000,
      () => `${server.output()}\n${a.output()}`,
    );
    took.push(verdict() - failed());
    server.child.kill('SIGKILL');
    farm.net.kill('web1');
    await server.exit;
  }
  const outside = took.filter((time) => time < earliest || time > latest + 20_000);
  report({ name: 'step failure to verdict: median', value: median(took) / 1_000, unit: 'ms' });
  report({
    name: `step failure to verdict: outside ${earliest / 1_000}..${latest / 1_000} + 20 ms`,
    value: outside.length,
    unit: 'of 50',
    bound: '<= 0',
  });
});
