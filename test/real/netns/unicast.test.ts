import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, type Daemon, Network, pause } from '../../support/netns.ts';

let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`u${String.fromCharCode(97 + (runs++ % 26))}`);
  net.host('a', '10.50.1.11/24', '10.50.1.21/24', '2001:db8::11/64');
  net.host('b', '10.50.1.12/24', '10.50.1.22/24', '2001:db8::12/64');
});
afterEach(() => net.close());

function instance(name: string, lines: readonly string[], address: string): string {
  return `vrrp_instance ${name} {
    virtual_router_id 51
    version 3
    advert_int 0.1
    ${lines.join('\n    ')}
    virtual_ipaddress {
        ${address}
    }
}
`;
}
const daemon = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));
const peers = (...of: string[]): string => `unicast_peer {\n${of.join('\n')}\n}`;
/** Counters of the whole daemon, logged at its end. */
async function counted(daemon: Daemon): Promise<{ accepted: number; refused: object }> {
  daemon.child.kill('SIGTERM');
  await daemon.exit;
  const line = daemon
    .output()
    .split('\n')
    .find((text) => text.includes('"kind":"received"'));
  return JSON.parse(line ?? '{}');
}

describe('unicast', () => {
  it('works without an interface: the address is on the interface of its dev, and a crash moves it', async () => {
    const text = (own: string, other: string, priority: number): string =>
      instance(
        'far',
        [`priority ${priority}`, `unicast_src_ip ${own}`, peers(other)],
        '10.50.1.100/24 dev lan',
      );
    daemon('a', text('10.50.1.11', '10.50.1.12', 150));
    const b = daemon('b', text('10.50.1.12', '10.50.1.11', 100));
    await becomes('a owns it', () => net.holders('10.50.1.100').join() === 'a', 15_000, b.output);
    await pause(1_000);
    expect(net.holders('10.50.1.100')).toEqual(['a']);
    net.kill('a');
    await becomes('b takes over', () => net.addresses('b').includes('10.50.1.100'));
    const { accepted, refused } = await counted(b);
    // Ten a second: twice as many if two sockets counted each.
    expect(accepted).toBeGreaterThan(8);
    expect(refused).toEqual({});
  });

  it('runs two instances with one VRID on one interface, separated by peers and by group', async () => {
    const text = (last: 1 | 2, priority: number): string =>
      [
        instance(
          'east',
          [
            'interface lan',
            `priority ${priority}`,
            `unicast_src_ip 10.50.1.1${last}`,
            peers(`10.50.1.1${3 - last}`),
          ],
          '10.50.1.101/24',
        ),
        instance(
          'west',
          [
            'interface lan',
            `priority ${priority}`,
            `unicast_src_ip 10.50.1.2${last}`,
            peers(`10.50.1.2${3 - last}`),
          ],
          '10.50.1.102/24',
        ),
        instance('all', ['interface lan', `priority ${priority}`], '10.50.1.103/24'),
        instance(
          'group',
          ['interface lan', `priority ${priority}`, 'mcast_dst_ip 224.0.0.99'],
          '10.50.1.104/24',
        ),
        instance('six', ['interface lan', `priority ${priority}`], 'fe80::51/64'),
        instance(
          'group6',
          ['interface lan', `priority ${priority}`, 'mcast_dst_ip ff02::99'],
          'fe80::52/64',
        ),
      ].join('');
    daemon('a', text(1, 150));
    const b = daemon('b', text(2, 100));
    const all = ['101', '102', '103', '104'].map((suffix) => `10.50.1.${suffix}`);
    const every = [...all, 'fe80::51', 'fe80::52'];
    await becomes('a owns all', () =>
      every.every((address) => net.holders(address).join() === 'a'),
    );
    await pause(1_000);
    for (const address of every) expect([address, net.holders(address)]).toEqual([address, ['a']]);
    expect((await counted(b)).refused).toEqual({});
  });

  it('over IPv6 applies the hop limits of each peer, and counts refused packets', async () => {
    const text = (
      own: string,
      other: string,
      more: string,
      priority: number,
      ttl: number,
    ): string =>
      instance(
        'six',
        [
          'interface lan',
          `priority ${priority}`,
          `unicast_src_ip 2001:db8::${own}`,
          `unicast_ttl ${ttl}`,
          peers(`2001:db8::${other}${more}`),
        ],
        'fe80::51/64',
      );
    // On the same link packets arrive with hop limit 255, unless configured otherwise.
    const a = daemon('a', text('11', '12', ' min_ttl 255', 150, 64));
    const b = daemon('b', text('12', '11', ' min_ttl 255', 100, 255));
    await becomes('both own it', () => net.holders('fe80::51').length === 2, 15_000, b.output);
    await becomes('b has refused', () => b.output().includes('"check":"unicast-ttl"'));
    expect(a.output()).not.toContain('unicast-ttl');
    const { refused } = await counted(b);
    expect(Object.keys(refused)).toEqual(['unicast-ttl']);
    const again = daemon('b', text('12', '11', ' min_ttl 60 max_ttl 64', 100, 255));
    await becomes('b hears a', () => again.output().includes('"state":"BACKUP"'));
    await pause(1_000);
    expect(net.holders('fe80::51')).toEqual(['a']);
    const counts = await counted(again);
    expect(counts.refused).toEqual({});
    expect(counts.accepted).toBeGreaterThan(5);
  });
});
