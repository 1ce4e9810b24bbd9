/** A daemon that is stopped while one of its children is not running leaves nothing behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const CHECKS = `virtual_server 10.50.1.200 80 {
  delay_loop 1
  protocol TCP
  real_server 10.50.1.11 80 {
    TCP_CHECK { connect_timeout 1 }
  }
}
`;
let net: Network;
let runs = 0;
beforeEach(() => {
  net = new Network(`s${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const pidFile = (name: string): string => join(net.folder, `${name}.pid`);
const ask = (...command: string[]): string => net.ask('a', ...command).output;

async function active(): Promise<Daemon> {
  const file = net.write('a.conf', conf(150, 'use_vmac\n no_accept') + CHECKS);
  const more = ['-r', pidFile('vrrp'), '-c', pidFile('check')];
  const a = net.halabd('a', file, [], more);
  await becomes('a owns it', () => net.holders(VIP).join() === 'a', 15_000, a.output);
  const tables = (): string => ask('nft', 'list', 'tables');
  await becomes('its rules are there', () => tables().includes('halab_lvs'), 15_000, a.output);
  return a;
}

async function killChildren({ output }: Daemon, next: string): Promise<void> {
  for (const name of ['vrrp', 'check'])
    process.kill(Number(readFileSync(pidFile(name), 'utf8')), 'SIGKILL');
  const restarts = (): number =>
    output().split(`child died; it is started again ${next}`).length - 1;
  await becomes('their deaths are logged', () => restarts() === 2, 15_000, output);
}

async function endsInOrder(a: Daemon): Promise<void> {
  a.child.kill('SIGTERM');
  expect(await a.exit).toBe(0);
  expect(net.holders(VIP)).toEqual([]);
  expect(ask('ip', '-br', 'link')).not.toContain('vrrp.51');
  expect(ask('nft', 'list', 'tables')).toBe('');
}

it('a stop right after its children were killed leaves nothing behind', async () => {
  const a = await active();
  await killChildren(a, 'at once');
  await endsInOrder(a);
});

it('a stop while its children wait for their restart leaves nothing behind', async () => {
  const a = await active();
  await killChildren(a, 'at once');
  await becomes(
    'they run again',
    () => a.output().split('MASTER: ').length === 3,
    15_000,
    a.output,
  );
  await pause(500);
  await killChildren(a, 'in 1 s');
  await endsInOrder(a);
});
