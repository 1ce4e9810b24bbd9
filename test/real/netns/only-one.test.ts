/** Two daemons on one configuration in one network namespace: the second one refuses to start, even without a pid file on disk. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeOf } from '../../../src/daemon/place.ts';
import { claimNames } from '../../../src/daemon/process/only-one.ts';
import { PROCESS_DEFAULTS } from '../../../src/engine/core/config-process.ts';
import { becomes, conf, type Daemon, Network, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const BIN = join(ROOT, 'dist/halabd.js');
const REFUSED = 'a halabd runs already on ';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`o${runs++}`);
  for (const host of ['a', 'b']) net.host(host, `10.50.1.1${host === 'a' ? 1 : 2}/24`);
});
afterEach(() => net.close());

const pidFiles = (name: string): string[] =>
  ['-p', '-r', '-c'].flatMap((option) => [option, join(net.folder, `${name}${option}.pid`)]);
const start = (host: string, file: string, ...more: string[]): Daemon =>
  net.run(host, process.execPath, BIN, '-f', file, '-n', '-l', '-G', ...more);
const owns = (host: string, daemon: Daemon, address = VIP): Promise<void> =>
  becomes(
    `${host} owns the address`,
    () => net.addresses(host).includes(address),
    15_000,
    daemon.output,
  );

describe('a second daemon on a configuration', () => {
  it('is refused without pid files, in the foreground and in the background', async () => {
    const file = net.write('a.conf', conf(150));
    const first = start('a', file, ...pidFiles('first'));
    await owns('a', first);
    for (const option of ['-p', '-r']) rmSync(join(net.folder, `first${option}.pid`));
    const linked = join(net.folder, '..', net.folder.split('/').at(-1) ?? '', 'a.conf');
    const second = start('a', linked, ...pidFiles('first'));
    expect(await second.exit).toBe(1);
    expect(second.output()).toContain(`${REFUSED}${linked}`);
    const background = net.ask('a', process.execPath, BIN, '-f', file, ...pidFiles('first'));
    expect(background.status).toBe(1);
    expect(background.output).toContain(REFUSED);
    expect(net.pids('a').length).toBeGreaterThan(0);
    expect(net.addresses('a')).toContain(VIP);
  });

  it('is refused with another pid file for only the parent, and runs if all differ', async () => {
    const file = net.write('a.conf', conf(150));
    const first = start('a', file, ...pidFiles('first'));
    await owns('a', first);
    const parent = ['-p', join(net.folder, 'own.pid')];
    const second = start('a', file, ...pidFiles('first').slice(2), ...parent);
    expect(await second.exit).toBe(1);
    expect(second.output()).toContain(REFUSED);
    const third = start('a', file, ...pidFiles('third'), '--status-socket', join(net.folder, 's'));
    await becomes('it runs', () => third.output().includes('web: '), 10_000, third.output);
  });

  it('runs after the first was killed, and after it has stopped', async () => {
    const file = net.write('a.conf', conf(150));
    const first = start('a', file);
    await owns('a', first);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = start('a', file);
    await owns('a', second);
    second.child.kill('SIGTERM');
    expect(await second.exit, second.output()).toBe(0);
    const third = net.ask('a', process.execPath, BIN, '-f', file);
    expect(third).toEqual({ status: 0, output: '' });
    await owns('a', second);
  });
});

it('runs with another configuration, another id or another namespace', async () => {
  const file = net.write('a.conf', conf(150));
  const a = start('a', file);
  await owns('a', a);
  const b = start('b', file);
  await becomes('b waits', () => b.output().includes('INIT -> BACKUP'), 10_000, b.output);
  const text = conf(150, '', '10.50.1.101/24').replace('router_id 51', 'router_id 52');
  const other = start('a', net.write('other.conf', text));
  await owns('a', other, '10.50.1.101');
  const named = start('a', file, '-i', 'other');
  await becomes('another id runs', () => named.output().includes('web: '), 10_000, named.output);
});

it('is not blocked by a socket name that another user has taken', async () => {
  const file = net.write('a.conf', conf(150));
  const place = placeOf(PROCESS_DEFAULTS, {});
  const [name = ''] = claimNames({ file, configId: 'x', place, only: undefined });
  const script = `process.setuid(65534);
    require('node:net').createServer().listen(${JSON.stringify(name)}, () => console.log('taken'))`;
  const taker = net.run('a', process.execPath, '-e', script);
  await becomes('it is taken', () => taker.output().includes('taken'), 5_000, taker.output);
  const a = start('a', file, '-i', 'x');
  await owns('a', a);
  expect(a.output()).toContain('is not known: user 65534 holds its place');
});
