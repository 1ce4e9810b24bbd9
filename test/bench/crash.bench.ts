import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network } from '../support/netns.ts';
import { median, percentile, report } from './row.ts';

/** The same crash, in the same namespaces, of halabd and of keepalived: the peer in C. */
const CRASHES = 12;
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

it.each(['keepalived', 'halabd'])('overhead of a takeover by %s', async (engine) => {
  net = new Network('c');
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
  await net.capture();
  const start = starts[engine];
  if (start === undefined) throw new Error('both engines can be started');
  start('b', net.write('b.conf', conf(100)));
  const overheads: number[] = [];
  for (let i = 0; i < CRASHES; i++) {
    start('a', net.write('a.conf', conf(150)));
    await becomes('a owns the address', () => net.holders('10.50.1.100').join() === 'a');
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 100));
    net.kill('a');
    const killed = Date.now() / 1_000;
    const first = (): number => net.adverts('10.50.1.12').find(({ at }) => at > killed)?.at ?? 0;
    await becomes('b has taken over', () => first() > 0);
    const last = net.adverts('10.50.1.11').findLast(({ at }) => at < first())?.at ?? 0;
    overheads.push((first() - last) * 1_000 - MDI_MS);
    // A host that was killed keeps its address until somebody removes it.
    net.ask('a', 'ip', 'addr', 'del', '10.50.1.100/24', 'dev', 'lan');
    await becomes('nothing of a runs', () => net.pids('a').length === 0);
  }
  medians[engine] = median(overheads);
  report({
    name: `overhead of ${engine} in namespaces, median of ${CRASHES}`,
    value: median(overheads),
    unit: 'ms',
  });
  report({
    name: `overhead of ${engine} in namespaces, p95`,
    value: percentile(overheads, 95),
    unit: 'ms',
  });
  const peer = medians.keepalived;
  if (engine === 'halabd' && peer !== undefined)
    report({
      name: 'ratio of the medians, halabd to keepalived',
      value: median(overheads) / peer,
      unit: '',
    });
  expect(overheads.every((value) => value > -2)).toBe(true);
});
