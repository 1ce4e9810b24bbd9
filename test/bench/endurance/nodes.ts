/** The two nodes of the endurance run and their disturbances; each records for how long it explains missing adverts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, type Daemon, Network, pause, ROOT } from '../../support/netns.ts';
import { endlessConfig, firstAddress, INSTANCES } from './configs.ts';
import { processesOf, type Role } from './meter.ts';
import type { Cause } from './wire.ts';

export type Host = 'a' | 'b';
export const OWN: Readonly<Record<Host, string>> = { a: '10.50.1.11', b: '10.50.1.12' };
/**
 * Options to measure the heap: every garbage collection is full and logged, and there is no
 * compiled code, which grows for as long as the compiler finds something new.
 */
const TRACED = ['--trace-gc', '--gc-global', '--no-opt'];
const PRIORITY: Readonly<Record<Host, number>> = { a: 150, b: 100 };
/** Time until a returned node is heard and the other one has yielded. */
const SETTLED_S = 3;
const now = (): number => Date.now() / 1_000;

export class Nodes {
  readonly net = new Network('e');
  readonly causes: Cause[] = [];
  readonly daemons: Partial<Record<Host, Daemon>> = {};
  readonly counts = { reloads: 0, kills: 0, bursts: 0, links: 0, shortfalls: 0, storms: 0 };
  private readonly scripts = new Map<Host, string>();
  private readonly nodeOptions: readonly string[];

  /** `traced`: slower, with every collection of garbage in the log. */
  constructor(traced: boolean) {
    this.nodeOptions = traced ? TRACED : [];
    for (const host of ['a', 'b'] as const) {
      this.net.host(host, `${OWN[host]}/24`);
      this.addSide(host);
      const runs = this.net.write(`${host}.runs`, '');
      const script = this.net.write(`${host}.script`, `#!/bin/sh\necho >> ${runs}\n`);
      this.ask(host, 'chmod', '755', script);
      this.scripts.set(host, script);
      this.net.write(`${host}.load`, '1\n');
    }
    this.net.host('c', '10.50.1.21/24', '10.50.1.22/24', '10.50.1.9/24');
    this.net.run('c', process.execPath, join(ROOT, 'test/fixtures/web.mjs'), 'c', '80');
  }

  /** The log goes to a file, so that a slow reader cannot block the daemon. */
  start(host: Host): void {
    const { net } = this;
    const pid = (name: string): string => join(net.folder, `${host}-${name}.pid`);
    const files = ['-p', pid('parent'), '-r', pid('vrrp'), '-c', pid('check')];
    const program = join(ROOT, 'dist/halabd.js');
    const argv = [program, '-f', this.write(host, false), '-n', '-l', '-D', ...files];
    const line = `exec ${[process.execPath, ...this.nodeOptions, ...argv].join(' ')} >${this.logOf(host)} 2>&1`;
    this.daemons[host] = net.run(host, 'sh', '-c', line);
  }

  parent(host: Host): number {
    return this.daemons[host]?.child.pid ?? 0;
  }

  output(host: Host): string {
    return readFileSync(this.logOf(host), 'utf8');
  }

  /** Instances of either configuration. */
  owned(host: Host): number {
    const held = new Set(this.net.addresses(host));
    return Array.from({ length: INSTANCES - 1 }, (_, i) => firstAddress(i + 1)).filter((address) =>
      held.has(address),
    ).length;
  }

  reload(odd: boolean): void {
    for (const host of ['a', 'b'] as const) {
      this.write(host, odd);
      process.kill(this.parent(host), 'SIGHUP');
    }
    this.counts.reloads++;
  }

  async kill(host: Host, roles: readonly Role[], rounds: number): Promise<void> {
    await this.explained(`children of ${host} killed`, async () => {
      for (let round = 0; round < rounds; round++) {
        const before = processesOf(this.net, host, this.parent(host));
        for (const role of roles) {
          const pid = before.get(role);
          if (pid === undefined) throw new Error(`the ${role} of ${host} does not run`);
          process.kill(pid, 'SIGKILL');
          this.counts.kills++;
        }
        const again = (): boolean => {
          const after = processesOf(this.net, host, this.parent(host));
          return roles.every((role) => after.has(role) && after.get(role) !== before.get(role));
        };
        await becomes(`children of ${host} run again`, again, 90_000);
        await pause(200);
      }
      if (rounds > 1) this.counts.bursts++;
    });
  }

  /** Deletes the interface and creates another one with the same name. */
  async recreate(host: Host, which: 'lan' | 'side', forMs: number): Promise<void> {
    this.counts.links++;
    if (which === 'side') {
      // Adverts continue, so this explains no gap.
      this.ask(host, 'ip', 'link', 'del', 'side');
      await pause(forMs);
      this.addSide(host);
      return;
    }
    await this.explained(`lan of ${host} made anew`, async () => {
      this.net.unplug(host);
      await pause(forMs);
      this.net.plug(host, `${OWN[host]}/24`);
    });
  }

  /** A takeover of all instances through a queue that is too short for its announcements. */
  async fullQueue(): Promise<void> {
    this.counts.shortfalls++;
    await this.explained('the queue of a was full', async () => {
      const queue = ['rate', '200kbit', 'burst', '1600', 'limit', '2000'];
      this.net.cable('a', false);
      await becomes('a holds nothing', () => this.owned('a') === 0, 60_000);
      this.must('a', 'tc', 'qdisc', 'add', 'dev', 'lan', 'root', 'tbf', ...queue);
      this.net.cable('a', true);
      await becomes('a holds all', () => this.owned('a') === INSTANCES - 1, 60_000);
      await pause(500);
      this.must('a', 'tc', 'qdisc', 'del', 'dev', 'lan', 'root');
    });
  }

  /** More address notifications than a socket holds while its reader is stopped. */
  async storm(host: Host, addresses: number): Promise<void> {
    this.counts.storms++;
    const lines = (verb: string): string =>
      Array.from(
        { length: addresses },
        (_, i) => `addr ${verb} 10.77.${i >> 8}.${i & 255}/32 dev lo\n`,
      ).join('');
    const file = this.net.write('storm', lines('add') + lines('del'));
    await this.explained(`the vrrp child of ${host} was paused`, async () => {
      const child = processesOf(this.net, host, this.parent(host)).get('vrrp child');
      signal(child, 'SIGSTOP');
      await this.net.run(host, 'ip', '-batch', file).exit;
      signal(child, 'SIGCONT');
    });
  }

  ask(host: Host, ...command: string[]): { status: number | null; output: string } {
    return this.net.ask(host, ...command);
  }

  private must(host: Host, ...command: string[]): void {
    const { status, output } = this.ask(host, ...command);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${output}`);
  }

  private async explained(what: string, work: () => Promise<void>): Promise<void> {
    const from = now();
    await work();
    this.causes.push({ what, from, to: now() + SETTLED_S });
  }

  private logOf(host: Host): string {
    return join(this.net.folder, `${host}.log`);
  }

  private addSide(host: Host): void {
    this.must(host, 'ip', 'link', 'add', 'side', 'type', 'veth', 'peer', 'name', 'side2');
    for (const name of ['side', 'side2']) this.must(host, 'ip', 'link', 'set', name, 'up');
  }

  private write(host: Host, odd: boolean): string {
    const script = this.scripts.get(host) ?? '';
    const file = join(this.net.folder, `${host}.load`);
    const plan = { priority: PRIORITY[host], script, file };
    return this.net.write(`${host}.conf`, endlessConfig(plan, odd));
  }
}

/** A killed process receives nothing. */
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
