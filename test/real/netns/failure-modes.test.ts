import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`f${String.fromCharCode(97 + (runs++ % 26))}`);
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

const daemon = (host: string, text: string): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text));

/** Frames from a host with this source MAC while the tap runs. */
async function framesFrom(host: string, mac: string): Promise<Daemon> {
  const filter = ['-e', '-nn', '-l', 'ether', 'src', mac];
  const tap = net.run('sw', 'tcpdump', '-i', `p${host}`, '-Q', 'in', ...filter);
  await becomes('tcpdump listens', () => tap.output().includes('listening'));
  return tap;
}
const frames = (tap: Daemon): string[] =>
  tap
    .output()
    .split('\n')
    .filter((line) => line.includes(' > ') && line.includes('ethertype'));

describe('virtual MACs', () => {
  it('stay at the Active: a Backup sends nothing from one, including group reports (keepalived #882, #1510)', async () => {
    const MAC = '00:00:5e:00:01:33';
    const tap = await framesFrom('b', MAC);
    const a = daemon('a', conf(150, 'use_vmac'));
    await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
    for (let starts = 0; starts < 2; starts++) {
      const b = daemon('b', conf(100, 'use_vmac'));
      await becomes('b is Backup', () => b.output().includes('"state":"BACKUP"'));
      await pause(1_500);
      b.child.kill('SIGTERM');
      await b.exit;
    }
    expect(frames(tap)).toEqual([]);
    expect(net.holders(VIP)).toEqual(['a']);
  });

  it('over IPv6 do not give two routers the same link-local address (keepalived #2296, #1932)', async () => {
    const text = conf(100, 'use_vmac', 'fe80::50/64');
    const a = daemon('a', text);
    const b = daemon('b', text);
    const holders = (): string[] => net.holders('fe80::50');
    await becomes('a router owns it', () => holders().length > 0, 15_000, a.output);
    await pause(1_500);
    expect([holders().length, a.output(), b.output()]).toEqual([1, a.output(), b.output()]);
    expect(`${a.output()}${b.output()}`).not.toMatch(/ERR|could not/);
  });
});

describe('interfaces of addresses', () => {
  it('use_vmac_addr: an address on another interface has the virtual MAC there, too', async () => {
    net.ask('a', 'ip', 'link', 'add', 'side', 'type', 'veth', 'peer', 'name', 'side2');
    for (const name of ['side', 'side2']) net.ask('a', 'ip', 'link', 'set', name, 'up');
    const tap = net.run('a', 'tcpdump', '-i', 'side2', '-e', '-nn', '-l', 'arp');
    await becomes('tcpdump listens', () => tap.output().includes('listening'));
    const text = conf(150, 'use_vmac_addr', `${VIP}/24 10.60.0.1/24`);
    const a = daemon('a', text.replace('10.60.0.1/24', '10.60.0.1/24 dev side'));
    await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
    expect(net.ask('a', 'ip', '-o', 'addr', 'show', 'vrrp.51').output).toContain('10.60.0.1/24');
    await becomes('it is announced', () => tap.output().includes('10.60.0.1'));
    expect(tap.output()).toContain('00:00:5e:00:01:33 > ff:ff:ff:ff:ff:ff');
    a.child.kill('SIGTERM');
    await a.exit;
    expect(net.ask('a', 'ip', 'link', 'show', 'vrrp.51').status).not.toBe(0);
  });

  it('use_ipvlan: runs if the kernel supports it, else it is logged', async () => {
    const probe = net.ask('a', 'ip', 'link', 'add', 'link', 'lan', 'name', 'try', 'type', 'ipvlan');
    net.ask('a', 'ip', 'link', 'del', 'try');
    const a = daemon('a', conf(150, 'use_ipvlan ipv0 10.50.1.31/24'));
    if (probe.status === 0) {
      await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
      expect(net.ask('a', 'ip', '-o', 'addr', 'show', 'ipv0').output).toContain(VIP);
      return;
    }
    await becomes('FAULT', () => a.output().includes('"state":"FAULT"'), 15_000, a.output);
    expect(a.output()).toContain('ipv0 could not be made on lan: this kernel has none of its kind');
    expect(a.output()).toContain('its interface ipv0 is not there');
    await pause(1_500);
    expect(a.output()).not.toContain('"state":"BACKUP"');
    expect(net.holders(VIP)).toEqual([]);
  });
});

describe('notify scripts', () => {
  it('end with the state of the router, however long one runs (keepalived #1055, #569, #996)', async () => {
    const log = net.write('calls', '');
    const script = net.write(
      'notify.sh',
      `#!/bin/sh\n[ "$3" = MASTER ] && sleep 1\necho $3 >> ${log}\n`,
    );
    net.ask('a', 'chmod', '755', script);
    const global = 'global_defs {\n script_user root\n}\n';
    const a = daemon('a', `${global}${conf(100, `notify ${script}`)}`);
    await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
    // The script of MASTER still sleeps.
    daemon('b', conf(150));
    await becomes('b owns it', () => net.holders(VIP).join() === 'b', 15_000, a.output);
    const calls = (): string[] => net.ask('a', 'cat', log).output.split('\n').filter(Boolean);
    await becomes('all have run', () => calls().length >= 3, 15_000, a.output);
    expect(calls()).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
  });
});
