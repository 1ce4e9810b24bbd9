/** An Active that cannot do its work: it holds what it can, reports the rest, and does not flap. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const EXCLUDED = '2001:db8::100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`c${String.fromCharCode(97 + (runs++ % 26))}`);
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

const daemon = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));
const status = (host: string): string =>
  net.ask(host, process.execPath, join(ROOT, 'dist/halabd.js'), 'status').output;
const owns = (who: string, story: () => string): Promise<void> =>
  becomes(`${who} owns the address`, () => net.holders(VIP).join() === who, 15_000, story);
const changes = ({ output }: Daemon): string[] =>
  [...output().matchAll(/"state":"(\w+)"/g)].map(([, state]) => state ?? '');
const inside = (host: string, ...command: string[]): string => net.ask(host, ...command).output;

describe('an address that cannot be added', () => {
  it('is reported once, also in the status, and added when possible', async () => {
    inside('a', 'sysctl', '-w', 'net.ipv6.conf.lan.disable_ipv6=1');
    const a = daemon('a', conf(150, `virtual_ipaddress_excluded {\n ${EXCLUDED}/64\n }`));
    await owns('a', a.output);
    await pause(3_500);
    const message = `web: ${EXCLUDED} on lan is not in place`;
    expect(a.output().split(message).length - 1).toBe(1);
    expect(status('a')).toContain(message);
    expect(changes(a)).toEqual(['BACKUP', 'MASTER']);
    inside('a', 'sysctl', '-w', 'net.ipv6.conf.lan.disable_ipv6=0');
    await becomes('it is there', () => net.holders(EXCLUDED).length === 1, 15_000, a.output);
    const there = `${EXCLUDED} on lan is in place now`;
    await becomes('it is logged', () => a.output().includes(there), 2_000, a.output);
    expect(status('a')).not.toContain('is not in place');
  });

  it('without its interface is added when the interface appears', async () => {
    const text = conf(150, '', `${VIP}/24 10.60.0.1/24`);
    const a = daemon('a', text.replace('10.60.0.1/24', '10.60.0.1/24 dev side'));
    await owns('a', a.output);
    await pause(3_500);
    inside('a', 'ip', 'link', 'add', 'side', 'type', 'veth', 'peer', 'name', 'side2');
    inside('a', 'ip', 'link', 'set', 'side', 'up');
    await becomes('it is there', () => net.holders('10.60.0.1').length === 1, 2_000, a.output);
    expect(changes(a)).toEqual(['BACKUP', 'MASTER']);
  });

  it('moves the others to a Backup after a resignation if it is the only one, at growing intervals', async () => {
    inside('a', 'sysctl', '-w', 'net.ipv4.conf.lan.arp_ignore=0');
    const a = daemon('a', conf(150).replace(`${VIP}/24`, `${VIP}/24 dev nowhere`));
    await becomes('FAULT', () => changes(a).includes('FAULT'), 15_000, a.output);
    const b = daemon('b', conf(100));
    await owns('b', b.output);
    await pause(8_000);
    // 1, 2, 4 and 8 s: three more tries at the most.
    expect(changes(a).filter((state) => state === 'MASTER').length).toBeLessThanOrEqual(4);
    expect(a.output()).toContain('there is no interface nowhere; tries again in 4 s');
  });
});

describe('an address that another program removes repeatedly', () => {
  it('is restored after growing waits, and logged each time', async () => {
    const a = daemon('a', conf(150));
    await owns('a', a.output);
    const until = Date.now() + 5_000;
    while (Date.now() < until) {
      net.ask('a', 'ip', 'addr', 'del', `${VIP}/24`, 'dev', 'lan');
      await pause(50);
    }
    // At once, then 1, 2 and 4 s later.
    expect(a.output().split('had been removed by somebody else').length - 1).toBeLessThanOrEqual(4);
    expect(changes(a)).toEqual(['BACKUP', 'MASTER']);
    await owns('a', a.output);
  });
});

describe('a virtual route', () => {
  it('that cannot be installed does not stop a router from being Active, and is installed when possible', async () => {
    inside('a', 'ip', 'link', 'add', 'side', 'type', 'veth', 'peer', 'name', 'side2');
    const route = '10.98.0.0/16 via 10.60.0.9 dev side';
    const a = daemon('a', conf(150, `virtual_routes {\n ${route}\n }`));
    await owns('a', a.output);
    const message = `web: route ${route} is not in place`;
    await becomes('it is logged', () => a.output().includes(message), 5_000, a.output);
    await pause(4_000);
    expect(a.output().split(message).length - 1).toBe(1);
    expect(status('a')).toContain(message);
    expect(changes(a)).toEqual(['BACKUP', 'MASTER']);
    inside('a', 'ip', 'addr', 'add', '10.60.0.1/24', 'dev', 'side');
    for (const name of ['side', 'side2']) inside('a', 'ip', 'link', 'set', name, 'up');
    await becomes('it is there', () => inside('a', 'ip', 'route').includes(route), 5_000, a.output);
    inside('a', 'ip', 'link', 'set', 'side', 'down');
    await becomes(
      'it is logged again',
      () => a.output().split(message).length === 3,
      5_000,
      a.output,
    );
    expect(changes(a)).toEqual(['BACKUP', 'MASTER']);
  });
});

describe('an Active whose adverts do not leave', () => {
  it('releases the address before its peers take it, and does not flap', async () => {
    const a = daemon('a', conf(150));
    await owns('a', a.output);
    const b = daemon('b', conf(100));
    await becomes('b is Backup', () => b.output().includes('"state":"BACKUP"'));
    const rule = net.write(
      'drop.nft',
      'table ip t {\n chain o {\n type filter hook output priority 0;\n ip protocol 112 drop\n }\n chain i {\n type filter hook input priority 0;\n ip protocol 112 drop\n }\n}\n',
    );
    inside('a', 'nft', '-f', rule);
    const both: string[][] = [];
    const until = Date.now() + 6_000;
    while (Date.now() < until) {
      const holders = net.holders(VIP);
      if (holders.length > 1) both.push(holders);
      await pause(10);
    }
    expect([both, net.holders(VIP)]).toEqual([[], ['b']]);
    expect(changes(a).filter((state) => state === 'MASTER')).toHaveLength(1);
    expect(changes(a).filter((state) => state === 'FAULT').length).toBeLessThanOrEqual(3);
    expect(a.output().split('an advert could not be sent').length).toBeLessThan(8);
    inside('a', 'nft', 'delete', 'table', 'ip', 't');
    await owns('a', a.output);
  });
});
