import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { becomes, pause } from '../support/netns.ts';
import { INSTANCES } from './endurance/configs.ts';
import { Meter, traces } from './endurance/meter.ts';
import { Nodes } from './endurance/nodes.ts';
import {
  HOSTS,
  reportActions,
  reportEnd,
  reportGrowth,
  reportHeaps,
  reportWire,
} from './endurance/reports.ts';
import { Wire } from './endurance/wire.ts';

/** Endurance of two nodes: the number of disturbances grows with the duration. */
const MINUTES = Number(process.env.HALAB_BENCH_ENDURANCE_MINUTES ?? 2);
const LENGTH_MS = MINUTES * 60_000;
/** Of half an hour. */
const of30 = (count: number): number => Math.max(1, Math.round((count * MINUTES) / 30));
const RELOADS = of30(200);
const LINKS = of30(100);
const SHORTFALLS = of30(6);
const STORMS = of30(6);
const STORM_ADDRESSES = 2_000;
/** A child that ran for a minute is restarted at once, so bursts need this distance. */
const CYCLES = Math.max(1, Math.floor(LENGTH_MS / 2 / 75_000));
/** In a shorter run memory grows because of first-time work: no bound then. */
const LONG = MINUTES >= 15;

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

/** In each half only one node's children are killed; the others live long enough to be measured. */
async function kills(): Promise<void> {
  for (const host of HOSTS)
    await times(CYCLES, LENGTH_MS / 2, async (i) => {
      if (i % 2 === 0) return nodes.kill(host, ['vrrp child', 'check child'], 4);
      await nodes.kill(host, ['vrrp child'], 1);
      await pause(3_000);
      await nodes.kill(host, ['check child'], 1);
    });
}

/** No other disturbance deletes an interface while a queue is attached to it. */
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

async function bothSettled(): Promise<void> {
  const settled = (): boolean => nodes.owned('a') === INSTANCES - 1 && nodes.owned('b') === 0;
  await becomes('a owns everything', settled, 30_000, () => nodes.output('a'));
}

it(
  `two nodes for ${MINUTES} minutes: reloads, kills, new interfaces, full queues`,
  async () => {
    nodes = new Nodes(false);
    const { net } = nodes;
    const before = HOSTS.map((host) => traces(net, host));
    const wire = new Wire();
    const watch = '-i sw0 -B 8192 -l -nn -tt'.split(' ');
    const capture = net.run('sw', 'tcpdump', ...watch, 'ip proto 112');
    capture.child.stdout?.on('data', (chunk: Buffer) => wire.read(chunk.toString()));
    await becomes('tcpdump listens', () => capture.output().includes('listening'));
    const monitors = HOSTS.map((host) =>
      net.run(host, 'ip', '-rcvbuf', '33554432', '-o', '-4', 'monitor', 'address'),
    );
    for (const host of HOSTS) nodes.start(host);
    await bothSettled();
    await pause(5_000);
    const whole = { from: Date.now() / 1_000, to: 0 };
    const meter = new Meter();
    await everything(meter);
    whole.to = Date.now() / 1_000;
    await bothSettled();
    reportActions(
      nodes,
      monitors.map(({ output }) => output()),
      of30(10_000),
    );
    reportGrowth(meter);
    const two = reportWire(nodes, wire, whole);
    for (const { child } of [capture, ...monitors]) child.kill('SIGTERM');
    const wrong = await reportEnd(nodes, before);
    expect([two, wrong]).toEqual([0, []]);
  },
  LENGTH_MS + 180_000,
);

it(
  `the same for ${MINUTES} minutes, slower: what collections of garbage leave in memory`,
  async () => {
    nodes = new Nodes(true);
    for (const host of HOSTS) nodes.start(host);
    await bothSettled();
    const meter = new Meter();
    await everything(meter);
    await bothSettled();
    reportHeaps(meter, nodes, LONG);
  },
  LENGTH_MS + 180_000,
);
