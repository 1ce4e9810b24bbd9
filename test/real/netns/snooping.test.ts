import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
/** The lifetime of a report in the switch, and the query interval. */
const MEMBERSHIP_MS = 3_000;
const QUERIES = '100'; // hundredths of a second

/**
 * The Linux bridge queries (IGMP version 3), but always floods 224.0.0.0/24. This is a switch
 * that does not: 224.0.0.18 goes only to ports with a recent report.
 */
const SNOOPING = `table bridge snooping {
    set members { type ifname; flags dynamic,timeout; size 16; }
    chain learn {
        type filter hook prerouting priority 0;
        ip protocol igmp @th,0,8 0x22 @th,96,32 0xe0000012 update @members { iifname timeout ${MEMBERSHIP_MS / 1_000}s }
    }
    chain deliver {
        type filter hook forward priority 0;
        ip daddr 224.0.0.18 oifname != @members drop
    }
}
`;

let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`i${runs++}`);
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
  net.ask('sw', 'nft', '-f', net.write('snooping.nft', SNOOPING));
  bridge('mcast_snooping', '1', 'mcast_igmp_version', '3');
});
afterEach(() => net.close());

function bridge(...options: string[]): void {
  const { status, output } = net.ask(
    'sw',
    'ip',
    'link',
    'set',
    'sw0',
    'type',
    'bridge',
    ...options,
  );
  expect([status, output]).toEqual([0, '']);
}
const askForReports = (): void =>
  bridge(
    ...['mcast_query_interval', QUERIES, 'mcast_startup_query_interval', QUERIES],
    ...['mcast_query_response_interval', '50', 'mcast_querier', '1'],
  );
const holders = (): string => net.holders(VIP).join();

/** `a` owns the address when `b` starts and hears its adverts. */
async function pair(more: (own: number, peer: number) => string = () => ''): Promise<Daemon> {
  const start = (host: string, priority: number, own: number, peer: number): Daemon => {
    const text = conf(priority, more(own, peer), `${VIP}/24`, '0.2');
    return net.halabd(host, net.write(`${host}.conf`, text));
  };
  const a = start('a', 150, 11, 12);
  await becomes('a owns it', () => holders() === 'a', 15_000, a.output);
  const b = start('b', 100, 12, 11);
  await becomes('b is Backup', () => b.output().includes('"state":"BACKUP"'), 15_000, b.output);
  return b;
}

/** For two memberships `b` stays Backup. */
async function expectOwnerA(b: Daemon): Promise<void> {
  const takeovers = (): number => b.output().split('"state":"MASTER"').length - 1;
  const before = takeovers();
  await pause(2 * MEMBERSHIP_MS);
  expect([holders(), takeovers()]).toEqual(['a', before]);
}

describe('a switch that snoops IGMP (failure mode 12)', () => {
  it('without a querier delivers until a report expires, then both routers are Active; after a query one is', async () => {
    const b = await pair();
    const settled = Date.now();
    await becomes('both own it', () => holders() === 'a,b', 15_000, b.output);
    // The report that b sent when it joined expired then.
    expect(Date.now() - settled).toBeGreaterThan(MEMBERSHIP_MS - 1_000);

    askForReports();
    await becomes('one owns it', () => holders() === 'a', 15_000, b.output);
    await expectOwnerA(b);
    bridge('mcast_querier', '0');
    await becomes('both own it again', () => holders() === 'a,b', 15_000, b.output);
  });

  it('with a querier delivers permanently: the routers report their membership', async () => {
    askForReports();
    await expectOwnerA(await pair());
  });

  it('does not affect unicast_peer', async () => {
    const peer = (own: number, other: number): string =>
      `unicast_src_ip 10.50.1.${own}\n unicast_peer {\n 10.50.1.${other}\n }`;
    await expectOwnerA(await pair(peer));
  });
});
