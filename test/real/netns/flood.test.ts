/** A foreign sender floods an Active with adverts: its answers, scripts and log stay bounded. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
beforeEach(() => {
  net = new Network('flood');
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

function script(name: string, body: string): string {
  const file = net.write(name, `#!/bin/sh\n${body}\n`);
  net.ask('a', 'chmod', '755', file);
  return file;
}
async function active(text: string): Promise<Daemon> {
  const a = net.halabd('a', net.write('a.conf', `global_defs {\n script_user root\n}\n${text}`));
  await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
  return a;
}

it('a flood of lower priority gets few answers and notifications, and a change of state is notified at once', async () => {
  const calls = net.write('calls', '');
  const lower = script('lower.sh', `echo lower >> ${calls}; sleep 0.5`);
  const any = script('any.sh', `echo $3 >> ${calls}`);
  const more = `notify ${any}\n notify_master_rx_lower_pri ${lower}`;
  const a = await active(conf(100, more, `${VIP}/24`, '1'));
  await net.capture();
  const began = Date.now();
  net.flood('b', { priority: 50, count: 30_000, interval: 1_000_000 });
  const seconds = (Date.now() - began) / 1_000;
  await pause(200);
  // One advert a second, and an answer every five eighths of a second.
  expect(net.adverts('10.50.1.11').length).toBeLessThan(seconds * 2.6 + 4);
  net.flood('b', { priority: 200, count: 1, interval: 1_000_000 });
  const states = (): string[] => net.ask('a', 'cat', calls).output.split('\n').filter(Boolean);
  await becomes('BACKUP is notified', () => states().at(-1) === 'BACKUP', 1_000, a.output);
  const lowers = states().filter((line) => line === 'lower').length;
  expect(lowers).toBeGreaterThan(0);
  expect(lowers).toBeLessThan(seconds * 1.6 + 3);
  expect(net.holders(VIP)).toEqual([]);
});

it('a flood of priority 0: the Backups still hear the Active, which answers no more than they need', async () => {
  await active(conf(100, '', `${VIP}/24`, '1'));
  const b = net.halabd('b', net.write('b.conf', conf(50, '', `${VIP}/24`, '1')));
  await becomes('b is Backup', () => b.output().includes('"state":"BACKUP"'));
  net.host('c', '10.50.1.13/24');
  await net.capture();
  const began = Date.now();
  net.flood('c', { priority: 0, count: 20_000, interval: 1_000_000 });
  const seconds = (Date.now() - began) / 1_000;
  await pause(1_000);
  expect(net.adverts('10.50.1.11').length).toBeLessThan((seconds + 1) * 4.5 + 3);
  expect(b.output()).not.toContain('"state":"MASTER"');
});

it('a refused flood is logged by reason and sender, and counted', async () => {
  const a = await active(conf(100, '', `${VIP}/24`, '1'));
  net.flood('b', { priority: 50, count: 5_000, interval: 0 });
  await pause(300);
  const lines = a.output().split('was refused: interval-zero').length - 1;
  expect(lines).toBe(1);
  a.child.kill('SIGTERM');
  await a.exit;
  expect(a.output()).toMatch(/packets refused: interval-zero .*: \d+ more \(10\.50\.1\.12 \d+\)/);
});
