import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network } from '../support/netns.ts';
import { median, percentile, report } from './row.ts';

/** The same crash in the same namespaces with halabd and with keepalived. */
const TAKEOVERS = 30;
const MDI_MS = 360.938;

let net: Network;
afterEach(() => net.close());

const starts: Readonly<Record<string, (host: string, file: string) => Daemon>> = {
  halabd: (host, file) => net.halabd(host, file),
  keepalived: (host, file) => {
    const pid = (name: string): string => join(net.folder, `${host}-${Date.now()}-${name}.pid`);
    return net.run(
      host,
      'keepalived',
      '-n',
      '-l',
      '-P',
      '-f',
      file,
      '-p',
      pid('parent'),
      '-r',
      pid('vrrp'),
    );
  },
};
const medians: Record<string, number> = {};
const WAYS = { crash: MDI_MS, 'priority 0': 60.938 } as const;

it.each([
  ['keepalived', 'crash'],
  ['halabd', 'crash'],
  ['keepalived', 'priority 0'],
  ['halabd', 'priority 0'],
] as const)('overhead of a takeover by %s after a %s', async (engine, way) => {
  net = new Network('c');
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
  await net.capture();
  const start = starts[engine];
  if (start === undefined) throw new Error('both engines can be started');
  start('b', net.write('b.conf', conf(100)));
  const overheads: number[] = [];
  for (let i = 0; i < TAKEOVERS; i++) {
    start('a', net.write('a.conf', conf(150)));
    await becomes('a owns the address', () => net.holders('10.50.1.100').join() === 'a');
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 100));
    const since = Date.now() / 1_000;
    if (way === 'crash') net.kill('a');
    else process.kill(Math.min(...net.pids('a')), 'SIGTERM');
    const first = (): number => net.adverts('10.50.1.12').find(({ at }) => at > since)?.at ?? 0;
    await becomes('b has taken over', () => first() > 0);
    const last = net.adverts('10.50.1.11').findLast(({ at }) => at < first())?.at ?? 0;
    overheads.push((first() - last) * 1_000 - WAYS[way]);
    // A killed host keeps its address, so the test removes it.
    net.ask('a', 'ip', 'addr', 'del', '10.50.1.100/24', 'dev', 'lan');
    await becomes('nothing of a runs', () => net.pids('a').length === 0);
  }
  const middle = median(overheads);
  medians[`${engine} ${way}`] = middle;
  const name = `${way}: overhead of ${engine}`;
  report({ name: `${name}, median of ${TAKEOVERS}`, value: middle, unit: 'ms' });
  const p95 = { name: `${name}, p95`, value: percentile(overheads, 95), unit: 'ms' };
  report(engine === 'halabd' ? { ...p95, bound: '<= 3' } : p95);
  const peer = medians[`keepalived ${way}`];
  if (engine === 'halabd' && peer !== undefined) {
    const more = `${way}: halabd's median more than keepalived's`;
    report({ name: more, value: middle - peer, unit: 'ms', bound: '<= 0.5' });
  }
  expect(overheads.every((value) => value > -2)).toBe(true);
});
