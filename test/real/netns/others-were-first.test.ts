/** Foreign objects at the places of the daemon's files: it keeps running, follows no link, and logs them. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const DUMP = '/tmp/keepalived.data';
const NOBODY = 65534;
let net: Network;
beforeEach(() => {
  net = new Network('first');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => {
  net.close();
  rmSync(DUMP, { recursive: true, force: true });
});

const at = (name: string): string => join(net.folder, name);
const owns = (daemon: Daemon): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, daemon.output);
const logs = (daemon: Daemon, text: string): Promise<void> =>
  becomes(text, () => daemon.output().includes(text), 10_000, daemon.output);
const signal = (daemon: Daemon, name: NodeJS.Signals): void => {
  process.kill(daemon.child.pid ?? 0, name);
};
/** Its parent responds, and its child holds the address. */
async function expectRunning(daemon: Daemon): Promise<void> {
  await pause(1_000);
  expect(daemon.child.exitCode, daemon.output()).toBeNull();
  expect(net.addresses('a')).toContain(VIP);
  expect(daemon.output()).not.toMatch(/died|heap|Error:/);
}

describe('a dump', () => {
  const CONF = conf(150, 'authentication {\n auth_type PASS\n auth_pass geheim\n }')
    .replace('version 3', 'version 2')
    .replace('advert_int 0.1', 'advert_int 1');

  it.each([
    [
      'a file that everybody reads',
      (): number | undefined => {
        writeFileSync(DUMP, 'old');
        chmodSync(DUMP, 0o666);
        chownSync(DUMP, NOBODY, NOBODY);
        return openSync(DUMP, 'r');
      },
    ],
    [
      'a pipe',
      (): number | undefined => {
        execFileSync('mkfifo', [DUMP]);
        return undefined;
      },
    ],
    [
      'a link',
      (): number | undefined => {
        writeFileSync(at('target'), 'old');
        symlinkSync(at('target'), DUMP);
        return openSync(at('target'), 'r');
      },
    ],
  ] as const)('replaces %s', async (_, put) => {
    const before = put();
    const daemon = net.halabd('a', net.write('a.conf', CONF));
    await owns(daemon);
    signal(daemon, 'SIGUSR1');
    await logs(daemon, `wrote ${DUMP}`);
    const { mode, uid } = lstatSync(DUMP);
    expect([lstatSync(DUMP).isFile(), mode & 0o777, uid]).toEqual([true, 0o600, 0]);
    expect(readFileSync(DUMP, 'utf8')).toContain('geheim');
    if (typeof before === 'number') {
      expect(readFileSync(before, 'utf8')).toBe('old');
      closeSync(before);
    }
    await expectRunning(daemon);
  });

  it('is not written where a folder exists, which is logged', async () => {
    mkdirSync(DUMP);
    const daemon = net.halabd('a', net.write('a.conf', CONF));
    await owns(daemon);
    signal(daemon, 'SIGUSR1');
    await logs(daemon, `${DUMP}: EISDIR`);
    await expectRunning(daemon);
  });
});

describe('a reload', () => {
  it.each([
    ['a folder', 'EISDIR', (path: string) => mkdirSync(path)],
    ['a file', 'something else than a FIFO is there', (path: string) => writeFileSync(path, '')],
    ['a link', 'ELOOP', (path: string) => symlinkSync('/tmp', path)],
  ] as const)('to a FIFO in the place of %s keeps the address', async (_, problem, put) => {
    const file = net.write('a.conf', conf(150));
    const daemon = net.halabd('a', file);
    await owns(daemon);
    put(at('fifo'));
    net.write('a.conf', `global_defs {\n notify_fifo ${at('fifo')}\n}\n${conf(150)}`);
    signal(daemon, 'SIGHUP');
    await logs(daemon, `notify FIFO ${at('fifo')}: ${problem}`);
    await logs(daemon, `reloaded ${file}`);
    await expectRunning(daemon);
  });
});

it('a pipe without a reader blocks nothing: as a tracked file, as the log, as the pid file', async () => {
  for (const name of ['track', 'log', 'pid']) execFileSync('mkfifo', [at(name)]);
  const tracked = `track_file t {\n file ${at('track')}\n weight 1\n init_file 0 overwrite\n}\n`;
  const file = net.write('a.conf', tracked + conf(150, 'track_file {\n t\n }'));
  const daemon = net.halabd('a', file, [], ['-g', at('log')]);
  await owns(daemon);
  await logs(daemon, `track_file ${at('track')}: `);
  await expectRunning(daemon);
  const other = net.halabd('a', net.write('b.conf', conf(150)), [], ['-p', at('pid')]);
  expect(await other.exit).toBe(1);
  expect(other.output()).toContain('the pid file cannot be written');
});
