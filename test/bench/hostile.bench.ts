import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause, ROOT } from '../support/netns.ts';
import { median, report } from './row.ts';
import { usage } from './usage.ts';

/** Millions: 0.2 are 20 s; the whole of it is 5. */
const COUNT = Number(process.env.HALAB_BENCH_HOSTILE_MILLIONS ?? 0.2) * 1_000_000;
const RATE = 10_000;
const SOURCE = '10.50.1.9';
const INSTANCES = ['51', '52'] as const;
/** In a shorter run memory grows because the compiler still works: no bound then. */
const LONG = COUNT >= 2_000_000;

interface Sent {
  readonly seconds: number;
  readonly sent: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}
interface Status {
  readonly restarts: number;
  readonly packets: { readonly accepted: number; readonly refused: Record<string, number> };
}

let net: Network;
afterEach(() => net.close());

function twoInstances(priority: number): string {
  const pass = 'authentication {\n auth_type PASS\n auth_pass secret\n }';
  const second = conf(priority, pass, '10.50.1.101/24', '1')
    .replace('version 3', 'version 2')
    .replace('web', 'old')
    .replace('51', '52');
  return conf(priority, '', '10.50.1.100/24', '1') + second;
}

const status = (host: string): Status =>
  JSON.parse(
    net.ask(host, process.execPath, join(ROOT, 'dist/halabd.js'), 'status', '--json').output,
  );
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);
/** Packets dropped by full receive buffers of the VRRP sockets. */
const dropped = (host: string): number =>
  net
    .ask(host, 'cat', '/proc/net/raw')
    .output.split('\n')
    .slice(1)
    .reduce((all, line) => all + Number(line.trim().split(/\s+/).at(-1) ?? 0), 0);

it(
  `${COUNT} hostile packets at ${RATE} a second: the Active is heard, and nothing changes`,
  async () => {
    net = new Network('h');
    net.host('a', '10.50.1.11/24');
    net.host('b', '10.50.1.12/24');
    net.host('h', `${SOURCE}/24`);
    const a = net.halabd('a', net.write('a.conf', twoInstances(150)));
    await becomes('a owns it', () => net.holders('10.50.1.101').join() === 'a', 15_000, a.output);
    const b = net.halabd('b', net.write('b.conf', twoInstances(100)));
    await becomes('b is Backup', () => b.output().split('"state":"BACKUP"').length === 3);
    const capture = await adverts();
    await pause(3_000);
    const before = { states: states(a, b), lines: lines(a) };
    const meter = meterOf('a');
    const spec = { source: SOURCE, rate: RATE, count: COUNT, seed: 1 };
    const script = join(ROOT, 'test/fixtures/hostile-flood.mjs');
    const stranger = net.run('h', process.execPath, script, JSON.stringify(spec));
    await stranger.exit;
    const cost = meter.end();
    await pause(2_500);
    const { seconds, sent, failed } = JSON.parse(stranger.output()) as Sent;
    report({ name: 'hostile packets sent', value: sum(sent), unit: '' });
    report({
      name: 'hostile packets a second',
      value: sum(sent) / seconds,
      unit: '',
      bound: '>= 9900',
    });
    reportHeard(sum(sent));
    reportGaps(capture);
    reportCost(cost);
    report({
      name: 'hostile packets: lines of log',
      value: lines(a) - before.lines,
      unit: '',
      bound: `<= ${Math.round(300 + seconds * 4)}`,
    });
    report({
      name: 'hostile packets: changes of state',
      value: states(a, b) - before.states,
      unit: '',
      bound: '<= 0',
    });
    expect([failed, states(a, b) - before.states, status('a').restarts]).toEqual([{}, 0, 0]);
  },
  COUNT / 5 + 120_000,
);

const states = (...all: readonly Daemon[]): number =>
  all.reduce((count, { output }) => count + output().split('"kind":"state"').length - 1, 0);
const lines = ({ output }: Daemon): number => output().split('\n').length;

/** On the switch, by the Active's own MAC: the kernel filters, so that the capture loses nothing. */
async function adverts(): Promise<Daemon> {
  const mac = net.ask('a', 'cat', '/sys/class/net/lan/address').output.trim();
  const filter = `ether src ${mac} and ip proto 112`;
  const capture = net.run('sw', 'tcpdump', '-i', 'sw0', '-l', '-nn', '-tt', filter);
  await becomes('tcpdump listens', () => capture.output().includes('listening'));
  return capture;
}

function reportGaps(capture: Daemon): void {
  for (const vrid of INSTANCES) {
    const all = [...capture.output().matchAll(/^(\d+\.\d+) .* vrid (\d+), prio 150/gm)]
      .filter(([, , which]) => which === vrid)
      .map(([, at]) => Number(at));
    const gaps = all.slice(1).map((at, i) => at - (all[i] ?? 0));
    expect(gaps.length).toBeGreaterThan(COUNT / RATE);
    const name = `hostile packets: the Active's adverts of VRID ${vrid}`;
    report({
      name: `${name}: longest gap`,
      value: gaps.reduce((most, gap) => Math.max(most, gap), 0),
      unit: 'intervals',
      bound: '<= 1.05',
    });
    const rate = gaps.length / ((all.at(-1) ?? 0) - (all[0] ?? 0));
    report({ name: `${name}`, value: rate, unit: 'a second' });
  }
}

function reportHeard(sent: number): void {
  for (const host of ['a', 'b']) {
    const { packets } = status(host);
    const receivedCount = packets.accepted + sum(packets.refused);
    report({ name: `hostile packets: refused by ${host}`, value: sum(packets.refused), unit: '' });
    report({
      name: `hostile packets: judged by ${host}`,
      value: (receivedCount / sent) * 100,
      unit: '% of what was sent',
    });
    const full = (dropped(host) / sent) * 100;
    const name = `hostile packets: not fitting the socket of ${host}`;
    report({ name, value: full, unit: '% of what was sent' });
  }
}

interface Cost {
  readonly percent: number;
  readonly megabytes: readonly number[];
}

function meterOf(host: string): { end: () => Cost } {
  const pids = net.pids(host);
  const before = { at: Date.now(), ticks: usage(pids).ticks };
  const megabytes: number[] = [];
  const timer = setInterval(() => megabytes.push(usage(pids).anonymous), 1_000);
  return {
    end: () => {
      clearInterval(timer);
      const percent = (usage(pids).ticks - before.ticks) / ((Date.now() - before.at) / 1_000);
      return { percent, megabytes };
    },
  };
}

function reportCost({ percent, megabytes }: Cost): void {
  const warm = megabytes.slice(Math.ceil(megabytes.length / 10));
  const fifth = Math.max(1, Math.floor(warm.length / 5));
  const [first, last] = [median(warm.slice(0, fifth)), median(warm.slice(-fifth))];
  report({ name: 'hostile packets: CPU of the Active', value: percent, unit: '% of a core' });
  report({ name: 'hostile packets: memory of the Active, without files', value: last, unit: 'MB' });
  const bound = LONG ? { bound: '<= 5' } : {};
  report({
    name: 'hostile packets: growth of its memory',
    value: ((last - first) / first) * 100,
    unit: '%',
    ...bound,
  });
}
