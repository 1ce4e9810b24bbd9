import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, type Daemon, Network } from '../../support/netns.ts';

let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`v${runs++}`);
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

/** Every variant of sending, each as a virtual router of its own: one crash tests them all. */
const VARIANTS: readonly (readonly [string, string, (peer: string) => string])[] = [
  ['v2', '10.50.1.101', () => 'version 2'],
  [
    'v2-pass',
    '10.50.1.102',
    () => 'version 2\n authentication {\n auth_type PASS\n auth_pass secret\n }',
  ],
  [
    'v2-ah',
    '10.50.1.103',
    () => 'version 2\n authentication {\n auth_type AH\n auth_pass secret\n }',
  ],
  ['v3', '10.50.1.104', () => 'version 3'],
  ['v3-six', 'fe80::50', () => 'version 3'],
  ['v2-unicast', '10.50.1.105', (peer) => `version 2\n unicast_peer {\n ${peer}\n }`],
  ['v3-unicast', '10.50.1.106', (peer) => `version 3\n unicast_peer {\n ${peer}\n }`],
  ['v3-vmac', '10.50.1.107', () => 'version 3\n use_vmac vrrp.7'],
];

function config(host: 'a' | 'b', priority: number): string {
  const peer = host === 'a' ? '10.50.1.12' : '10.50.1.11';
  return VARIANTS.map(
    ([name, address, more], i) => `vrrp_instance ${name} {
    interface lan
    virtual_router_id ${i + 1}
    priority ${priority}
    advert_int 1
    ${more(peer)}
    virtual_ipaddress {
        ${address}
    }
}
`,
  ).join('');
}

function keepalived(host: 'a' | 'b', priority: number): Daemon {
  const pid = (name: string): string => join(net.folder, `${host}-${name}.pid`);
  const file = net.write(`${host}.conf`, config(host, priority));
  const files = ['-f', file, '-p', pid('parent'), '-r', pid('vrrp')];
  return net.run(host, 'keepalived', '-n', '-l', '-D', '-P', ...files);
}

const halabd = (host: 'a' | 'b', priority: number): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, config(host, priority)));

async function allOn(host: string, story: () => string): Promise<void> {
  const addresses = VARIANTS.map(([, address]) => address);
  const where = (): string =>
    addresses.map((address) => `${address} on ${net.holders(address).join('+')}`).join('\n');
  await becomes(
    `everything on ${host}`,
    () => addresses.every((address) => net.holders(address).join() === host),
    20_000,
    () => `${where()}\n${story()}`,
  );
}

describe.each([
  ['halabd', 'keepalived'],
  ['keepalived', 'halabd'],
  ['halabd', 'halabd'],
])('%s as master and %s as backup', (master, backup) => {
  it('move every variant of a virtual router on a crash, back on a return, and over on a stop', async () => {
    const run = { halabd, keepalived };
    const start = (host: 'a' | 'b', kind: string, priority: number): Daemon =>
      (kind === 'halabd' ? run.halabd : run.keepalived)(host, priority);
    const b = start('b', backup, 100);
    const a = start('a', master, 150);
    const story = (): string => `${a.output()}\n--\n${b.output()}`;
    await allOn('a', story);
    net.kill('a');
    const taken = VARIANTS.map(([, address]) => address);
    await becomes(
      'b has taken everything over',
      () => taken.every((address) => net.addresses('b').includes(address)),
      20_000,
      story,
    );
    const again = start('a', master, 150);
    const both = (): string => `${again.output()}\n--\n${b.output()}`;
    await allOn('a', both);
    process.kill(Math.min(...net.pids('a')), 'SIGTERM');
    await allOn('b', both);
    expect(b.output()).not.toMatch(/invalid|refused|mismatch/i);
  });
});
