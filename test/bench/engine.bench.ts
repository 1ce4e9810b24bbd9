import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../support/netns.ts';
import { report } from './row.ts';
import { usage } from './usage.ts';

let net: Network;
let runs = 0;
beforeEach(() => {
  net = new Network(`e${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

function keepalived(host: string, text: string): Daemon {
  const pid = (name: string): string => join(net.folder, `${host}-${name}.pid`);
  const files = ['-f', net.write(`${host}.conf`, text), '-p', pid('parent'), '-r', pid('vrrp')];
  return net.run(host, 'keepalived', '-n', '-l', '-P', ...files);
}
const halabd = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));

it('200 addresses on one instance: first advert to last gratuitous ARP (keepalived #1653)', async () => {
  await net.capture();
  const all = Array.from({ length: 200 }, (_, i) => `10.50.2.${i + 1}/32`).join(' ');
  const a = halabd('a', conf(150, 'garp_master_repeat 1', all));
  await becomes(
    'the last one is announced',
    () => net.seen.some(({ text }) => text.includes('tell 10.50.2.200')),
    15_000,
    a.output,
  );
  const first = net.adverts('10.50.1.11')[0]?.at ?? 0;
  const last = net.seen.find(({ text }) => text.includes('tell 10.50.2.200'))?.at ?? 0;
  report({
    name: '200 addresses announced after the first advert',
    value: (last - first) * 1_000,
    unit: 'ms',
    bound: '<= 10',
  });
});

const many = (): string =>
  Array.from({ length: 255 }, (_, i) =>
    conf(150, '', `10.50.3.${i + 1}/32`)
      .replaceAll('web', `vi${i + 1}`)
      .replace('router_id 51', `router_id ${i + 1}`),
  ).join('');

const cpu: Record<string, number> = {};

it.each(['keepalived', 'halabd'])('255 instances at 100 ms adverts: %s', async (engine) => {
  const start = engine === 'halabd' ? halabd : keepalived;
  const daemon = start('a', many());
  await becomes('all are Active', () => net.addresses('a').length > 255, 60_000, daemon.output);
  await pause(8_000);
  await net.capture();
  const before = usage(net.pids('a'));
  await pause(20_000);
  const after = usage(net.pids('a'));
  cpu[engine] = (after.ticks - before.ticks) / 20;
  report({ name: `255 instances, ${engine}: CPU`, value: cpu[engine] ?? 0, unit: '% of a core' });
  report({
    name: `255 instances, ${engine}: memory (proportional)`,
    value: after.megabytes,
    unit: 'MB',
  });
  const last = new Map<string, number>();
  let latest = 0;
  for (const { at, text } of net.adverts('10.50.1.11')) {
    const [, vrid = ''] = /vrid (\d+)/.exec(text) ?? [];
    latest = Math.max(latest, (at - (last.get(vrid) ?? at)) * 1_000 - 100);
    last.set(vrid, at);
  }
  expect(last.size).toBe(255);
  const bound = engine === 'halabd' ? { bound: '<= 20' } : {};
  report({
    name: `255 instances, ${engine}: the latest advert`,
    value: latest,
    unit: 'ms',
    ...bound,
  });
  if (engine === 'halabd')
    report({
      name: '255 instances: CPU of halabd beside keepalived',
      value: (cpu.halabd ?? 0) / (cpu.keepalived ?? 1),
      unit: 'x',
      bound: '<= 2',
    });
});

it('10 ms adverts between two halabd for five minutes: false failovers', async () => {
  net.host('b', '10.50.1.12/24');
  const a = halabd('a', conf(150, '', '10.50.1.100/24', '0.01'));
  const b = halabd('b', conf(100, '', '10.50.1.100/24', '0.01'));
  await becomes('a owns the address', () => net.holders('10.50.1.100').join() === 'a');
  const states = (): number =>
    a.output().split('"kind":"state"').length + b.output().split('"kind":"state"').length;
  await pause(1_000);
  const before = states();
  await pause(Number(process.env.HALAB_BENCH_MINUTES ?? 5) * 60_000);
  report({
    name: 'false failovers at 10 ms adverts in five minutes',
    value: states() - before,
    unit: '',
    bound: '<= 0',
  });
});
