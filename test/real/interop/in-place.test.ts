/** Addresses, routes and rules in the kernel equal those of keepalived: scope, protocol, broadcast, label, flags, priority. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { becomes, type Daemon, Network, pause } from '../../support/netns.ts';

let net: Network;
beforeAll(() => {
  net = new Network('place');
  // One after the other, each on its own host: keepalived leaves addresses with a peer behind.
  for (const host of ['k', 'h']) net.host(host, '10.50.1.11/24', 'fd50:1::11/64');
  for (const host of ['k', 'h']) net.ask(host, 'ip', 'link', 'set', 'lan', 'addrgenmode', 'none');
  for (const host of ['k', 'h']) net.ask(host, 'ip', '-6', 'addr', 'flush', 'scope', 'link');
});
afterAll(() => net.close());

const CONF = `static_ipaddress {
  10.8.0.1/24 dev lan
  10.8.1.1/24 brd + dev lan scope global
  10.8.2.1/24 brd - dev lan
  10.8.3.1 dev lan label lan:s
  10.8.4.1/24 dev lan scope link
  10.8.5.1 peer 10.8.5.2 dev lan
  10.8.6.1/24 noprefixroute dev lan
  fd08::1/64 dev lan
  fd08:1::1/64 dev lan home
  fd08:3::1/64 dev lan noprefixroute
}
static_routes {
  10.20.0.0/16 via 10.50.1.1 dev lan
  10.21.0.0/16 dev lan
  10.22.0.0/16 via 10.50.1.1 src 10.50.1.11 metric 5
  10.23.0.0/16 via 10.50.1.1 dev lan table 100
  blackhole 10.24.0.0/16
  fd20::/32 via fd50:1::1 dev lan
}
static_rules {
  from 10.50.1.99 table 100 priority 700
  to 10.66.0.0/16 table 100
  to 10.67.0.0/16 table 100
  to fd66::/32 table 100
}
vrrp_instance web {
  interface lan
  virtual_router_id 51
  priority 150
  advert_int 0.3
  version 3
  virtual_ipaddress {
    10.50.1.100
    10.50.1.102/24
    10.50.1.103/24 brd +
    10.50.1.104/24 brd -
    10.50.1.105/24 brd 10.50.1.250
    10.50.1.106/24 label lan:1
    10.50.1.107/32 scope link
    10.50.1.108/32 scope host
    10.51.1.100/24
    10.51.3.1 peer 10.51.3.2
    10.51.4.1/24 noprefixroute
    10.51.5.1/31 brd +
  }
  virtual_ipaddress_excluded {
    fd50:1::100/64
    fd50:1::101
    fd50:2::101/64 home
    fd50:4::101/64 mngtmpaddr
    fd50:5::101/64 noprefixroute
    fe80::77/64
  }
  virtual_routes {
    10.30.0.0/16 via 10.50.1.1
    10.32.0.0/16 dev lan
    10.33.0.0/16 via 10.50.1.1 metric 5
    10.34.0.0/16 via 10.50.1.1 table 100
    src 10.50.1.100 to 10.35.0.0/16 via 10.50.1.1
    10.38.0.0/16 dev lan scope link
    10.39.0.0/16 via 10.50.1.1 mtu 1400 advmss 1300
    10.40.0.0/16 nexthop via 10.50.1.1 dev lan weight 2 nexthop via 10.50.1.2 dev lan
    unreachable 10.41.0.0/16
    blackhole 10.42.0.0/16 metric 8
    default via 10.50.1.1
    10.43.0.0/16 via 10.50.1.1 onlink dev lan
    10.45.0.1 via 10.50.1.1
    throw 10.47.0.0/16 table 100
    fd31::/32 dev lan
    fd32::/32 via fd50:1::1 metric 5 dev lan
    fd34::/32 via fd50:1::1 dev lan table 100
    unreachable fd35::/32
    fd37::/32 via fd50:1::1 dev lan pref high
  }
  virtual_rules {
    from 10.50.1.100 to 10.66.0.0/16 table 100 priority 501
    from 10.50.1.101 table 100
    iif lan table 100 priority 502
    fwmark 5/0xf table 100 priority 503
    blackhole from 10.50.1.98 priority 504
    to fd30::/32 table 100 priority 505
    from 10.50.1.96 tos 4 table 100 priority 507
  }
}
`;

const lines = (host: string, ...command: string[]): string[] =>
  net
    .ask(host, 'ip', ...command)
    .output.replaceAll(/\\?\s+/g, (space) => (space.includes('\n') ? '\n' : ' '))
    .split('\n')
    .map((line) => line.trim())
    // Entries that the kernel adds for addresses are not compared.
    .filter((line) => line !== '' && !line.includes('table local'))
    .sort();
const inKernel = (host: string): readonly string[] => [
  ...lines(host, '-o', '-d', 'addr', 'show', 'dev', 'lan').map((line) =>
    line.replace(/^\d+: /, ''),
  ),
  ...['-4', '-6'].flatMap((family) =>
    lines(host, '-o', '-d', family, 'route', 'show', 'table', 'all').map(
      (line) => `${family} ${line}`,
    ),
  ),
  ...['-4', '-6'].flatMap((family) =>
    lines(host, '-d', family, 'rule').map((line) => `${family} ${line}`),
  ),
];

/** Everything that the daemon added; nothing is left when it has ended. */
async function added(host: string, start: (file: string) => Daemon): Promise<string[]> {
  const before = inKernel(host);
  const daemon = start(net.write(`${host}.conf`, CONF));
  const last = ['inet 10.50.1.108/32', 'fd37::/32', '507:', '16382:', 'throw 10.47.0.0/16'];
  const there = (): boolean => last.every((text) => inKernel(host).join('\n').includes(text));
  await becomes('it is all there', there, 20_000, daemon.output);
  await pause(1_000);
  const after = inKernel(host);
  daemon.child.kill('SIGTERM');
  await daemon.exit;
  if (host === 'h') expect(inKernel(host)).toEqual(before);
  expect(daemon.output()).not.toContain('had been removed');
  return after.filter((line) => !before.includes(line));
}

const pid = (name: string): string => join(net.folder, `${name}.pid`);
/** keepalived deprecates them with a length of 128 alone. */
const preferred = (line: string): string =>
  isVirtual6(line)
    ? line.replace(' deprecated', '').replace('preferred_lft 0sec', 'preferred_lft forever')
    : line;
const isVirtual6 = (line: string): boolean => /inet6 (fd50|fe80)/.test(line);

it('addresses, routes and rules in the kernel equal those of keepalived', async () => {
  const keepalived = await added('k', (file) => {
    const files = ['-f', file, '-p', pid('k'), '-r', pid('kv')];
    return net.run('k', 'keepalived', '-n', '-l', '-D', ...files);
  });
  const own = await added('h', (file) => net.halabd('h', file));
  // Virtual IPv6 addresses are deprecated, so that they do not become a source address.
  const virtual = own.filter(isVirtual6);
  expect(virtual).toHaveLength(6);
  for (const line of virtual) expect(line).toMatch(/ nodad .*deprecated .*preferred_lft 0sec/);
  expect(keepalived.length).toBeGreaterThan(60);
  expect(own.map(preferred)).toEqual(keepalived.map(preferred));
}, 120_000);
