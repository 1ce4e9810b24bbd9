import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`o${String.fromCharCode(97 + (runs++ % 26))}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const daemon = (text: string): Daemon => net.halabd('a', net.write('a.conf', text));
const owns = (story: () => string): Promise<void> =>
  becomes('a owns the address', () => net.holders(VIP).join() === 'a', 15_000, story);

describe('removal by other programs', () => {
  const ip = (...args: string[]): string => net.ask('a', 'ip', ...args).output;
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of net.pids('a')) process.kill(pid, name);
  };

  it('of static and virtual routes and rules is reverted at once, except with no_track', async () => {
    const a = daemon(`static_routes {
    10.99.1.0/24 via 10.50.1.9 dev lan
}
${conf(
  150,
  `virtual_routes {
        10.98.0.0/16 via 10.50.1.9 dev lan
        10.97.0.0/16 via 10.50.1.9 dev lan no_track
    }
    virtual_rules {
        from 10.50.9.0/24 table 77 priority 900
    }`,
)}`);
    await owns(a.output);
    const there = (): boolean =>
      ip('route').includes('10.99.1.0/24') &&
      ip('route').includes('10.98.0.0/16') &&
      ip('rule').includes('from 10.50.9.0/24');
    await becomes('they are there', there);
    await becomes('and the other', () => ip('route').includes('10.97.0.0/16'));
    for (const route of ['10.99.1.0/24', '10.98.0.0/16', '10.97.0.0/16']) ip('route', 'del', route);
    ip('rule', 'del', 'priority', '900');
    await becomes('they are back', there, 15_000, a.output);
    const isPutBack = (): boolean => a.output().includes('had been removed; put back');
    await becomes('it is told', isPutBack, 15_000, a.output);
    await pause(300);
    expect(ip('route')).not.toContain('10.97.0.0/16');
    expect(net.holders(VIP)).toEqual(['a']);
  });

  it('of the own address, followed by its return, makes it secondary, which is sufficient', async () => {
    ip('addr', 'add', '10.50.1.11/24', 'dev', 'lan');
    net.ask('a', 'sysctl', '-w', 'net.ipv4.conf.lan.promote_secondaries=1');
    const a = daemon(conf(150, '', `${VIP}/24`, '1'));
    await owns(a.output);
    await net.capture();
    // The daemon is stopped in between, so it sees only the result: without an address it could not send.
    signal('SIGSTOP');
    const batch = "printf 'addr del 10.50.1.11/24 dev lan\\naddr add 10.50.1.11/24 dev lan\\n'";
    net.ask('a', 'sh', '-c', `${batch} | ip -batch -`);
    signal('SIGCONT');
    expect(ip('-o', 'addr', 'show', 'dev', 'lan')).toMatch(/10\.50\.1\.11\/24.*secondary/);
    const before = net.adverts('10.50.1.11').length;
    await becomes('it speaks on', () => net.adverts('10.50.1.11').length > before + 2);
    expect([net.holders(VIP), a.output().includes('FAULT')]).toEqual([['a'], false]);
  });

  it('is reverted even if the kernel dropped its message, which is logged', async () => {
    const a = daemon(conf(150, '', `${VIP}/24`, '1'));
    await owns(a.output);
    const lines = (verb: string): string =>
      Array.from(
        { length: 2_000 },
        (_, i) => `addr ${verb} 10.77.${i >> 8}.${i & 255}/32 dev lo\n`,
      ).join('');
    const gone = `addr del ${VIP}/24 dev lan\n`;
    const storm = net.write('storm', lines('add') + lines('del') + gone);
    // The socket is not read meanwhile.
    signal('SIGSTOP');
    expect(net.ask('a', 'ip', '-batch', storm).status).toBe(0);
    expect(net.holders(VIP)).toEqual([]);
    signal('SIGCONT');
    await owns(a.output);
    const isLost = (): boolean => a.output().includes('were lost (ENOBUFS)');
    await becomes('it is told', isLost, 15_000, a.output);
  });

  it('from a track_group that cannot be reverted means FAULT, and recovery when it can', async () => {
    net.ask('a', 'ip', 'link', 'add', 'side', 'type', 'veth', 'peer', 'name', 'side2');
    for (const name of ['side', 'side2']) net.ask('a', 'ip', 'link', 'set', name, 'up');
    const a = daemon(`track_group G {
    group {
        web
    }
}
static_ipaddress {
    10.60.0.1/24 dev side
}
static_routes {
    10.99.1.0/24 via 10.60.0.9 dev side track_group G
}
${conf(150)}`);
    await owns(a.output);
    net.ask('a', 'ip', 'link', 'set', 'side', 'down');
    await becomes('FAULT', () => !net.addresses('a').includes(VIP), 15_000, a.output);
    const message = 'track_group G: route 10.99.1.0/24 via 10.60.0.9 dev side is gone';
    await becomes('it is told', () => a.output().includes(message), 15_000, a.output);
    net.ask('a', 'ip', 'link', 'set', 'side', 'up');
    await owns(a.output);
    expect(ip('route')).toContain('10.99.1.0/24 via 10.60.0.9 dev side');
  });
});

describe('an address that another host holds', () => {
  it('is reported with the answering MAC, and kept; over IPv6 it is usable, too (keepalived #375, kube-vip #523)', async () => {
    net.host('c', '10.50.1.13/24', `${VIP}/24`, '2001:db8::100/64');
    net.host('client', '2001:db8::200/64');
    // The neighbour entry of the client, from before a router ran.
    net.ask('client', 'ping', '-c1', '-W2', '2001:db8::100');
    // `a` probes IPv6 addresses from its link-local address.
    const six = (): string => net.ask('a', 'ip', '-6', 'addr', 'show', 'dev', 'lan').output;
    await becomes('a has one', () => /fe80/.test(six()) && !/tentative/.test(six()));
    const a = daemon(
      conf(150, `virtual_ipaddress_excluded {\n2001:db8::100/64\n10.50.1.150/24\n}`),
    );
    await becomes('a owns it', () => net.addresses('a').includes(VIP), 15_000, a.output);
    const macOf = (host: string): string =>
      /ether (\S+)/.exec(net.ask(host, 'ip', 'link', 'show', 'lan').output)?.[1] ?? '';
    const mac = macOf('c');
    const logLine = (address: string): string =>
      `web: ${address} is held by somebody else, too: ${mac}`;
    for (const address of [VIP, '2001:db8::100'])
      await becomes('it is told', () => a.output().includes(logLine(address)), 15_000, a.output);
    // The probe for the other holder does not change the neighbour entry.
    const learnt = net.ask('client', 'ip', 'neigh', 'show', '2001:db8::100').output;
    expect(learnt).toContain(macOf('a'));
    expect(a.output()).toContain(`"kind":"held"`);
    expect(a.output()).not.toContain('10.50.1.150 is held');
    const status = net.ask('a', process.execPath, join(ROOT, 'dist/halabd.js'), 'status').output;
    expect(status).toContain(`${logLine(VIP)} answered`);
    expect(net.addresses('a')).toContain(VIP);
    expect(a.output()).not.toContain('"state":"FAULT"');
    expect(six()).not.toMatch(/2001:db8::100.*(tentative|dadfailed)/);
  });
});
