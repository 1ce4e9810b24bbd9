import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
/** How long the switch believes a report, and how often its querier asks for another one. */
const MEMBERSHIP_MS = 3_000;
const QUERIES = '100'; // hundredths of a second

/**
 * The bridge asks (IGMP version 3), but floods 224.0.0.0/24 whatever the answers are. This is a switch
 * that does not: 224.0.0.18 goes only to ports from which it was reported lately.
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
const daemon = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));
const holders = (): string => net.holders(VIP).join();

/** For two memberships `b` stays Backup. */
async function staysWithA(b: Daemon): Promise<void> {
  const takeovers = (): number => b.output().split('"state":"MASTER"').length;
  const before = takeovers();
  await pause(2 * MEMBERSHIP_MS);
  expect([holders(), takeovers()]).toEqual(['a', before]);
}

describe('a switch that snoops IGMP (failure mode 12)', () => {
  it('with no querier delivers for the time of a report, then both are Active; asked again, one is', async () => {
    const a = daemon('a', conf(150));
    const b = daemon('b', conf(100));
    await becomes('a owns it', () => holders() === 'a', 15_000, a.output);
    const settled = Date.now();
    await becomes('both own it', () => holders() === 'a,b', 15_000, b.output);
    // What they said when they joined, twice within a second, was believed that long.
    expect(Date.now() - settled).toBeGreaterThan(MEMBERSHIP_MS - 2_000);
    expect(b.output()).toContain('"state":"BACKUP"');

    askForReports();
    await becomes('one owns it', () => holders() === 'a', 15_000, b.output);
    await staysWithA(b);
    bridge('mcast_querier', '0');
    await becomes('both own it again', () => holders() === 'a,b', 15_000, b.output);
  });

  it('with a querier delivers for good: the routers report what they have joined', async () => {
    askForReports();
    const a = daemon('a', conf(150));
    const b = daemon('b', conf(100));
    await becomes('a owns it', () => holders() === 'a', 15_000, a.output);
    await staysWithA(b);
  });

  it('does not matter to unicast_peer', async () => {
    const text = (own: number, other: number, priority: number): string =>
      conf(priority, `unicast_src_ip 10.50.1.${own}\n unicast_peer {\n 10.50.1.${other}\n }`);
    const a = daemon('a', text(11, 12, 150));
    const b = daemon('b', text(12, 11, 100));
    await becomes('a owns it', () => holders() === 'a', 15_000, a.output);
    await staysWithA(b);
  });
});
