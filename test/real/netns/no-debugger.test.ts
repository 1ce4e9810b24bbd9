/** SIGUSR1 requests a dump. Without a handler Node opens a debug port on it: no process may ever do so. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conf, Network, pause, ROOT } from '../../support/netns.ts';

const HALABD = join(ROOT, 'dist/halabd.js');
const SERVERS = `virtual_server 10.50.1.100 80 {
  delay_loop 1
  protocol TCP
  lvs_method NAT
  real_server 10.50.1.99 80 { TCP_CHECK { connect_timeout 1 } }
}
`;
const BIT_OF_USR1 = 1n << 9n;
const LISTEN = '0A';

let net: Network;
beforeEach(() => {
  net = new Network('dbg');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

/** A child belongs to the thread that started it. */
function withChildren(pid: number): number[] {
  const children = tasks(pid).flatMap((task) =>
    read(pid, `task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(withChildren)];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended
  }
}

/** Before a program handles the signal, the signal ends it, like any program. */
const catches = (pid: number): boolean => {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(pid, 'status'))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & BIT_OF_USR1) !== 0n;
};

/** Listening ports in the network namespace of the process, in hexadecimal. */
const listening = (pid: number): string[] =>
  ['net/tcp', 'net/tcp6'].flatMap((file) =>
    read(pid, file)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => fields[1] ?? ''),
  );

interface Storm {
  readonly ports: ReadonlySet<string>;
  /** Processes that got the signal, by their command lines. */
  readonly hit: ReadonlySet<string>;
}

/** Sends SIGUSR1 repeatedly to the process and all its children as soon as they handle it. */
async function storm(root: number, ms: number, each: (so: Storm) => boolean): Promise<Storm> {
  const ports = new Set<string>();
  const hit = new Set<string>();
  const start = performance.now();
  // Processes start slowly on a busy machine, so `each` needs more signals there.
  while (each({ ports, hit }) === true || performance.now() < start + ms) {
    for (const pid of withChildren(root).filter(catches)) {
      hit.add(read(pid, 'cmdline').replaceAll('\0', ' '));
      signal(pid, 'SIGUSR1');
    }
    // `ip netns exec` is not in the namespace yet.
    const isInside = read(root, 'comm') !== 'ip\n';
    for (const port of isInside ? listening(root) : []) ports.add(port);
    await pause(2);
  }
  return { ports, hit };
}

const all = (hit: ReadonlySet<string>): boolean =>
  ['halabd.js', 'vrrp-child', 'check-child'].every((part) => [...hit].join().includes(part));

it.each([
  ['in the foreground', true],
  ['in the background', false],
])(
  'halabd %s and every new child open no debug port',
  async (_, foreground) => {
    const file = net.write('a.conf', conf(150) + SERVERS);
    const daemon = net.run('a', HALABD, '-f', file, ...(foreground ? ['-n', '-l'] : []));
    if (!foreground) {
      await daemon.exit;
      await pause(20);
    }
    const root = foreground ? (daemon.child.pid ?? 0) : Math.min(...net.pids('a'));
    let killed = 0;
    let next = performance.now() + 1_000;
    const end = performance.now() + 30_000;
    const { ports, hit } = await storm(root, 4_000, (so) => {
      const isWanting = performance.now() < end && (killed < 2 || !all(so.hit));
      if (performance.now() < next) return isWanting;
      next += 1_000;
      for (const pid of withChildren(root).slice(1)) {
        if (!/(vrrp|check)-child/.test(read(pid, 'cmdline'))) continue;
        signal(pid, 'SIGKILL');
        killed++;
      }
      return isWanting;
    });
    expect([...ports], daemon.output()).toEqual([]);
    expect(killed, daemon.output()).toBeGreaterThanOrEqual(2);
    expect(all(hit), [...hit].join()).toBe(true);
  },
  60_000,
);

it('halabd started with debugger options closes the port before it reads anything', async () => {
  const file = net.write('a.conf', conf(150));
  const program = [process.execPath, '--inspect=0', HALABD, '-n', '-l', '-f', file];
  const daemon = net.run('a', 'env', 'NODE_OPTIONS=--inspect=127.0.0.1:9333', ...program);
  await pause(2_000);
  expect(listening(daemon.child.pid ?? 0), daemon.output()).toEqual([]);
  expect(readdirSync(`/proc/${daemon.child.pid}/task`).length).toBeGreaterThan(0);
});

it('the same signals open a port in another program: this test can fail', async () => {
  const { child } = net.run('a', process.execPath, '-e', 'setTimeout(() => {}, 5000)');
  const { ports } = await storm(child.pid ?? 0, 1_000, () => false);
  expect([...ports].join()).toMatch(/:240D$/);
});
