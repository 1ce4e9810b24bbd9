/** Problems in which halabd behaves like keepalived: each test runs with both. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`t${String.fromCharCode(97 + (runs++ % 26))}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const PROGRAMS = ['halabd', 'keepalived'] as const;

function start(program: (typeof PROGRAMS)[number], text: string): Daemon {
  const global = 'global_defs {\n script_user root\n}\n';
  return net[program]('a', net.write('a.conf', global + text));
}

function script(name: string, body: string): string {
  const file = net.write(name, `#!/bin/sh\n${body}\n`);
  net.ask('a', 'chmod', '755', file);
  return file;
}

/** The arguments of a notify script of the instance, in order. */
function notified(): { readonly line: string; readonly states: () => string[] } {
  const log = net.write('notified', '');
  const file = script('notify.sh', `echo $3 >> ${log}`);
  const states = (): string[] => net.ask('a', 'cat', log).output.split('\n').filter(Boolean);
  return { line: `notify ${file}`, states };
}

const owned = (daemon: Daemon): Promise<void> =>
  becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, daemon.output);

describe.each(PROGRAMS)('%s', (program) => {
  it('waits for the first result of a script without FAULT and without a notification', async () => {
    const slow = script('slow.sh', 'sleep 0.5');
    const { line, states } = notified();
    const check = `vrrp_script slow {\n script ${slow}\n interval 5\n}\n`;
    const daemon = start(program, check + conf(150, `${line}\n track_script {\n slow\n }`));
    await pause(300);
    expect(states()).toEqual([]);
    await owned(daemon);
    await becomes('both states are notified', () => states().length === 2, 5_000, daemon.output);
    expect(states()).toEqual(['BACKUP', 'MASTER']);
  });

  it('keeps the address when a reload adds a script until the script fails', async () => {
    const { line, states } = notified();
    const daemon = start(program, conf(150, line));
    await owned(daemon);
    const bad = script('bad.sh', 'sleep 0.7; exit 1');
    const check = `vrrp_script bad {\n script ${bad}\n interval 5\n}\n`;
    const global = 'global_defs {\n script_user root\n}\n';
    net.write('a.conf', global + check + conf(150, `${line}\n track_script {\n bad\n }`));
    daemon.child.kill('SIGHUP');
    const until = Date.now() + 500;
    while (Date.now() < until) {
      expect(net.holders(VIP)).toEqual(['a']);
      await pause(20);
    }
    await becomes('it has failed', () => states().at(-1) === 'FAULT', 5_000, daemon.output);
    expect([states().slice(0, 2), net.holders(VIP)]).toEqual([['BACKUP', 'MASTER'], []]);
  });

  it('stays MASTER with the addresses that it can install', async () => {
    const { line, states } = notified();
    net.ask('a', 'sysctl', '-w', 'net.ipv6.conf.lan.disable_ipv6=1');
    const six = 'virtual_ipaddress_excluded {\n 2001:db8::100/64\n }';
    const daemon = start(program, conf(150, `${line}\n ${six}`));
    await owned(daemon);
    await pause(3_000);
    expect([net.holders(VIP), states()]).toEqual([['a'], ['BACKUP', 'MASTER']]);
    expect(net.holders('2001:db8::100')).toEqual([]);
    expect(daemon.output()).toMatch(/2001:db8::100/);
  });

  it('counts only one lost advert if its firewall drops one', async () => {
    const { line, states } = notified();
    net.host('b', '10.50.1.12/24');
    // Installing the block takes a while on a busy machine.
    const slow = (priority: number, more = ''): string => conf(priority, more, `${VIP}/24`, '0.6');
    const daemon = start(program, slow(150, line));
    await owned(daemon);
    const b = net.halabd('b', net.write('b.conf', slow(100)));
    await becomes('b is Backup', () => b.output().includes('"state":"BACKUP"'));
    const rule = net.write(
      'drop.nft',
      'table ip t {\n chain o {\n type filter hook output priority 0;\n ip protocol 112 drop\n }\n}\n',
    );
    const blocked = 'nft -f "$0"; sleep 0.6; nft delete table ip t';
    for (let i = 0; i < 5; i++) {
      expect(net.ask('a', 'sh', '-c', blocked, rule).output).toBe('');
      await pause(1_300);
    }
    expect(daemon.output()).toMatch(/not permitted|EPERM/);
    expect([states(), net.holders(VIP)]).toEqual([['BACKUP', 'MASTER'], ['a']]);
    expect(b.output()).not.toContain('"state":"MASTER"');
  });

  it('reports the effective priority when it stops', async () => {
    const log = net.write('notified', '');
    const file = script('notify.sh', `echo $3 $4 >> ${log}`);
    const bad = script('bad.sh', 'exit 1');
    const check = `vrrp_script bad {\n script ${bad}\n interval 1\n weight -50\n}\n`;
    const more = `notify ${file}\n track_script {\n bad\n }`;
    const daemon = start(program, check + conf(150, more));
    await owned(daemon);
    await becomes('100 is reported', () => /from 150 to 100|priority 100/.test(daemon.output()));
    daemon.child.kill('SIGTERM');
    await daemon.exit;
    const calls = net.ask('a', 'cat', log).output.trim().split('\n');
    expect([calls.at(-1), calls, daemon.output()]).toEqual(['STOP 100', calls, daemon.output()]);
  });
});
