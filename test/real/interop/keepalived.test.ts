import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/kind/kinds.ts';
import { configOf } from '../../../src/kind/render.ts';
import { readYaml } from '../../../src/topology/yaml/yaml-source.ts';
import { becomes, conf, type Daemon, Network, type Seen } from '../../support/netns.ts';
import { readPlain } from '../../support/topology.ts';

const VIP = '10.50.1.100';
let net: Network;

beforeEach(() => {
  net = new Network('k');
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

const keepalived = (host: string, text: string): Daemon =>
  net.keepalived(host, net.write(`${host}.conf`, text));
const halabd = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));
const owns = (who: string, story: () => string): Promise<void> =>
  becomes(`${who} owns the address`, () => net.holders(VIP).join() === who, 20_000, story);

describe('keepalived', () => {
  it('reads the file that halab renders for a router without findings', () => {
    const { topology } = readPlain(readYaml('topologies/two-node.yaml'));
    const node = topology?.nodes[0];
    if (topology === undefined || node === undefined)
      throw new Error('the shipped topology is right');
    for (const file of KINDS.halab.router({ config: configOf(topology, node) }).files) {
      const checked = net.ask('a', 'keepalived', '-t', '-f', net.write('rendered.conf', file.text));
      expect([checked.status, checked.output]).toEqual([0, '']);
    }
  });
});

const VERSIONS = [
  ['version 3 every 100 ms', (priority: number) => conf(priority), 0.1],
  [
    'version 2 every second',
    (priority: number) => conf(priority, '', `${VIP}/24`, '1').replace('version 3', 'version 2'),
    1,
  ],
] as const;

describe.each(VERSIONS)('halabd and keepalived in %s', (_name, text, advert) => {
  it.each([
    ['halabd', 'keepalived'],
    ['keepalived', 'halabd'],
  ])('%s is master, resigns, returns and crashes; %s takes over each time', async (master) => {
    const [runA, runB] = master === 'halabd' ? [halabd, keepalived] : [keepalived, halabd];
    await net.capture();
    const b = runB('b', text(100));
    const a = runA('a', text(150));
    const story = (): string => `${a.output()}\n--\n${b.output()}`;
    await owns('a', story);

    for (const pid of net.pids('a'))
      if (pid === Math.min(...net.pids('a'))) process.kill(pid, 'SIGTERM');
    await owns('b', story);
    const resigned = ({ text: seen }: Seen): boolean =>
      seen.includes('10.50.1.11 > ') && seen.includes('prio 0');
    await becomes('a has resigned', () => net.seen.some(resigned), 5_000, story);
    await becomes('a is gone', () => net.pids('a').length === 0);
    const again = runA('a', text(150));
    await owns('a', () => again.output() + story());

    net.kill('a');
    await becomes('b takes over', () => net.addresses('b').includes(VIP), 20_000, story);
    await becomes('and says so', () =>
      net.adverts('10.50.1.12').some(({ at }) => at > (net.adverts('10.50.1.11').at(-1)?.at ?? 0)),
    );
    const last = net.adverts('10.50.1.11').at(-1)?.at ?? 0;
    const first = net.adverts('10.50.1.12').find(({ at }) => at > last)?.at ?? 0;
    const skew = (156 / 256) * (advert === 1 ? 1 : advert);
    expect(first - last).toBeGreaterThan(3 * advert + skew - 0.005);
    expect(first - last).toBeLessThan(3 * advert + skew + 0.2);
  });
});
