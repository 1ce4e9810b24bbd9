/** The status is readable by root and the user of the daemon, unless --open-status is set. */
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const STATUS = [process.execPath, join(ROOT, 'dist/halabd.js'), 'status'];
let net: Network;
beforeEach(() => {
  net = new Network('status');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

async function started(...options: string[]): Promise<Daemon> {
  const daemon = net.halabd('a', net.write('a.conf', conf(150)), [], options);
  await becomes('it owns', () => net.addresses('a').includes(VIP), 15_000, daemon.output);
  return daemon;
}

describe('the status', () => {
  it('is shown only to root', async () => {
    await started();
    expect(net.ask('a', ...STATUS)).toMatchObject({ status: 0 });
    const other = net.ask('a', ...AS_NOBODY, ...STATUS);
    expect(other.output).toContain('halabd does not answer: this user is not answered');
    expect(other.status).toBe(4);
    expect(other.output).not.toContain(VIP);
  });

  it('is shown to every user with --open-status', async () => {
    await started('--open-status');
    const { status, output } = net.ask('a', ...AS_NOBODY, ...STATUS);
    expect([status, output]).toEqual([0, expect.stringContaining('MASTER')]);
  });

  it('is shown while other clients hold connections without reading', async () => {
    await started('--status-socket', join(net.folder, 'status'));
    const idle = Array.from({ length: 40 }, () =>
      connect(join(net.folder, 'status'))
        .on('error', () => {})
        .pause(),
    );
    const ask = (): boolean =>
      net.ask('a', ...STATUS, '--status-socket', join(net.folder, 'status')).status === 0;
    await becomes('an answer', ask, 20_000);
    for (const socket of idle) socket.destroy();
  });
});

it('the answer of another program is printed unchanged', async () => {
  const path = join(net.folder, 'other');
  const answers: Record<string, string> = {
    nothing: '',
    'no JSON': 'hello\n',
    refused: '{"refused":"\\u001b[2J::error::no"}\n',
  };
  for (const [name, answer] of Object.entries(answers)) {
    const server: Server = createServer((socket) => socket.end(answer));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const run = net.run('a', STATUS[0] ?? '', ...STATUS.slice(1), '--status-socket', path);
    expect(await run.exit, name).toBe(4);
    expect(run.output()).toContain('halabd does not answer');
    expect(run.output()).not.toContain('\u001b');
    await new Promise((resolve) => server.close(resolve));
  }
});
