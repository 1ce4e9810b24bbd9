import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { becomes, pause } from '../support/netns.ts';
import { INSTANCES, INTERVAL, PASSING } from './endurance/configs.ts';
import { Meter, type Role, traces } from './endurance/meter.ts';
import { type Host, Nodes } from './endurance/nodes.ts';
import { causeOf, covered, DOWN, lasts, type Overlap, stalls, Wire } from './endurance/wire.ts';
import { report } from './row.ts';

/** A day in the life of two nodes, in short: what is done to them grows with the time. */
const MINUTES = Number(process.env.HALAB_BENCH_ENDURANCE_MINUTES ?? 2);
const LENGTH_MS = MINUTES * 60_000;
/** Of half an hour. */
const of30 = (count: number): number => Math.max(1, Math.round((count * MINUTES) / 30));
const RELOADS = of30(200);
const LINKS = of30(100);
const SHORTFALLS = of30(6);
const STORMS = of30(6);
const STORM_ADDRESSES = 2_000;
/** A child that has run for a minute is started again at once: bursts may be that near to each other. */
const CYCLES = Math.max(1, Math.floor(LENGTH_MS / 2 / 75_000));
/** Memory of a run that is shorter grows because the compiler still works: no bound then. */
const LONG = MINUTES >= 15;
/** Adverts that crossed on their way. */
const CROSSED_S = INTERVAL / 2;
const ROLES: readonly Role[] = ['parent', 'vrrp child', 'check child'];
const HOSTS: readonly Host[] = ['a', 'b'];

let nodes: Nodes;
afterEach(() => {
  const kept = process.env.HALAB_BENCH_LOGS;
  if (kept !== undefined)
    for (const host of HOSTS) writeFileSync(join(kept, `${host}.log`), nodes.output(host));
  nodes.net.close();
});

async function times(
  count: number,
  lengthMs: number,
  work: (i: number) => Promise<void> | void,
): Promise<void> {
  const began = Date.now();
  for (let i = 0; i < count; i++) {
    await pause(Math.max(0, began + ((i + 0.5) * lengthMs) / count - Date.now()));
    await work(i);
  }
  await pause(Math.max(0, began + lengthMs - Date.now()));
}

/** The children of one node die in each half: those of the other one live long enough to be measured. */
async function kills(): Promise<void> {
  for (const host of HOSTS)
    await times(CYCLES, LENGTH_MS / 2, async (i) => {
      if (i % 2 === 0) return nodes.kill(host, ['vrrp child', 'check child'], 4);
      await nodes.kill(host, ['vrrp child'], 1);
      await pause(3_000);
      await nodes.kill(host, ['check child'], 1);
    });
}

/** Nobody takes the interface away from under a queue that was put on it. */
function oneByOne(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    last = last.then(work);
    return last;
  };
}

async function everything(meter: Meter): Promise<void> {
  const alone = oneByOne();
  await Promise.all([
    times(RELOADS, LENGTH_MS, (i) => nodes.reload(i % 2 === 0)),
    kills(),
    times(LINKS, LENGTH_MS, (i) =>
      alone(() => {
        const which = i % 2 === 0 ? 'lan' : 'side';
        return nodes.recreate(i % 4 < 2 ? 'a' : 'b', which, [0, 300, 1_200][i % 3] ?? 0);
      }),
    ),
    times(SHORTFALLS, LENGTH_MS, () => alone(() => nodes.fullQueue())),
    times(STORMS, LENGTH_MS, (i) => nodes.storm(i % 2 === 0 ? 'a' : 'b', STORM_ADDRESSES)),
    times(Math.ceil(LENGTH_MS / 3_000), LENGTH_MS, () => {
      for (const host of HOSTS) meter.sample(nodes.net, host, nodes.parent(host));
    }),
  ]);
}

const count = (text: string, what: string): number => text.split(what).length - 1;

it(
  `two nodes for ${MINUTES} minutes: reloads, kills, new interfaces, full queues`,
  async () => {
    nodes = new Nodes();
    const { net } = nodes;
    const before = HOSTS.map((host) => traces(net, host));
    const wire = new Wire();
    const capture = net.run(
      'sw',
      'tcpdump',
      '-i',
      'sw0',
      '-B',
      '8192',
      '-l',
      '-nn',
      '-tt',
      'ip proto 112',
    );
    capture.child.stdout?.on('data', (chunk: Buffer) => wire.read(chunk.toString()));
    await becomes('tcpdump listens', () => capture.output().includes('listening'));
    const monitors = HOSTS.map((host) =>
      net.run(host, 'ip', '-rcvbuf', '33554432', '-o', '-4', 'monitor', 'address'),
    );
    for (const host of HOSTS) nodes.start(host);
    const settled = (): boolean => nodes.owned('a') === INSTANCES - 1 && nodes.owned('b') === 0;
    await becomes('a owns everything', settled, 30_000, () => nodes.output('a'));
    await pause(5_000);
    const whole = { from: Date.now() / 1_000, to: 0 };
    const meter = new Meter();
    await everything(meter);
    whole.to = Date.now() / 1_000;
    await becomes('a owns everything in the end', settled, 30_000, () => nodes.output('a'));
    reportDeeds(monitors.map(({ output }) => output()));
    reportGrowth(meter);
    reportWire(wire, whole);
    await reportEnd(
      before,
      [capture, ...monitors].map(({ child }) => child.pid ?? 0),
    );
  },
  LENGTH_MS + 180_000,
);

function reportDeeds(addressNews: readonly string[]): void {
  const { counts, net } = nodes;
  const told = HOSTS.map((host) => nodes.output(host));
  const sum = (what: string): number => told.reduce((all, text) => all + count(text, what), 0);
  const changes = addressNews.join('\n').match(/ 10\.50\.[234]\.\d+\//g)?.length ?? 0;
  const runs = HOSTS.map((host) => statSync(join(net.folder, `${host}.runs`)).size);
  const row = (name: string, value: number, bound?: string): void =>
    report({
      name: `endurance: ${name}`,
      value,
      unit: '',
      ...(bound === undefined ? {} : { bound }),
    });
  row('reloads of each node', counts.reloads);
  row(
    'reloads that were told as done, of both',
    sum('halabd: reloaded '),
    `>= ${2 * counts.reloads}`,
  );
  row('children killed', counts.kills);
  row('of them in bursts of eight', counts.bursts * 8);
  row('interfaces deleted and made anew', counts.links);
  row('virtual addresses added and removed', changes, `>= ${of30(10_000)}`);
  row(
    'scripts run',
    runs.reduce((all, one) => all + one, 0),
  );
  row(
    'full queues (ENOBUFS) told of when announcing',
    sum('could not be announced on lan: ENOBUFS'),
    '>= 1',
  );
  row('lost news of addresses (ENOBUFS) told of', sum('were lost (ENOBUFS)'), '>= 1');
}

function reportGrowth(meter: Meter): void {
  for (const host of HOSTS)
    for (const role of ROLES) {
      const growth = meter.growth(host, role);
      const name = `endurance: ${role} of ${host}`;
      const bound = LONG ? { bound: '<= 5' } : {};
      report({ name: `${name}, the life measured`, value: growth.seconds, unit: 's' });
      report({ name: `${name}: memory at its end`, value: growth.megabytes, unit: 'MB' });
      report({ name: `${name}: its memory grew by`, value: growth.grownMegabytes, unit: 'MB' });
      report({ name: `${name}: that is`, value: growth.percent, unit: '%', ...bound });
      const fds = { name: `${name}: its descriptors grew by`, value: growth.descriptors };
      report({ ...fds, unit: '', bound: '<= 2' });
    }
}

function reportWire(wire: Wire, whole: { readonly from: number; readonly to: number }): void {
  const stalled = HOSTS.flatMap((host) => stalls(nodes.output(host)));
  const longestStall = Math.max(0, ...stalled.map((one) => lasts(one) - DOWN - INTERVAL));
  const causes = [...nodes.causes, ...stalled];
  const overlaps = wire.overlaps().filter((one) => one.from >= whole.from);
  const unexplained = overlaps.filter((one) => causeOf(one, causes) === undefined);
  const two = unexplained.filter((one) => lasts(one) > CROSSED_S);
  const longest = (all: typeof overlaps): number => Math.max(0, ...all.map(lasts)) * 1_000;
  tell('two owners', two);
  const silent = wire
    .silent()
    .filter((one) => one.from >= whole.from && one.to <= whole.to && !PASSING.includes(one.vrid))
    .filter((one) => causeOf(one, causes) === undefined);
  tell('silent', silent);
  const excused = covered(causes, whole) / lasts(whole);
  report({
    name: 'endurance: the longest time that an Active did not run',
    value: longestStall * 1_000,
    unit: 'ms',
  });
  report({ name: 'endurance: adverts on the wire', value: wire.adverts, unit: '' });
  report({ name: 'endurance: time that a cause explains', value: excused * 100, unit: '%' });
  report({
    name: 'endurance: two owners at once with a cause',
    value: overlaps.length - unexplained.length,
    unit: '',
  });
  report({
    name: 'endurance: the longest of them',
    value: longest(overlaps.filter((one) => !unexplained.includes(one))),
    unit: 'ms',
  });
  report({
    name: 'endurance: adverts that crossed, the longest',
    value: longest(unexplained.filter((one) => !two.includes(one))),
    unit: 'ms',
  });
  report({
    name: 'endurance: two owners at once without a cause',
    value: two.length,
    unit: '',
    bound: '<= 0',
  });
  report({
    name: 'endurance: silences of three intervals without a cause',
    value: silent.length,
    unit: '',
    bound: '<= 0',
  });
  expect(two.length).toBe(0);
}

/** The moments at which there were some, with how many, and the longest. */
function tell(what: string, all: readonly Overlap[]): void {
  for (const second of new Set(all.map(({ from }) => Math.floor(from)))) {
    const those = all.filter(({ from }) => Math.floor(from) === second);
    const when = new Date(second * 1_000).toISOString();
    const longest = Math.round(Math.max(...those.map(lasts)) * 1_000);
    console.log(`${what} at ${when}: ${those.length} virtual routers, ${longest} ms`);
  }
}

async function reportEnd(before: readonly string[][], others: readonly number[]): Promise<void> {
  const { net } = nodes;
  for (const host of HOSTS) process.kill(nodes.parent(host), 'SIGTERM');
  const codes = await Promise.all(HOSTS.map((host) => nodes.daemons[host]?.exit));
  for (const pid of others) process.kill(pid, 'SIGTERM');
  await pause(1_000);
  const left = HOSTS.flatMap((host, i) =>
    traces(net, host).filter((line) => !(before[i] ?? []).includes(line)),
  );
  const lacking = HOSTS.flatMap((host, i) => {
    const after = traces(net, host);
    return (before[i] ?? []).filter((line) => !after.includes(line));
  });
  const files = readdirSync(net.folder).filter((name) => name.endsWith('.pid'));
  report({
    name: 'endurance: left behind or missing in the end',
    value: left.length + lacking.length + files.length,
    unit: '',
    bound: '<= 0',
  });
  expect([codes, left, lacking, files]).toEqual([[0, 0], [], [], []]);
}
