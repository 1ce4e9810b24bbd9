/**
 * A load balancer between a client and web servers, in namespaces: `client` on 10.50.1.0/24 and
 * fd50:1::/64, the servers on 10.50.2.0/24 and fd50:2::/64 behind `lb`, which has .1 on both.
 */
import { join } from 'node:path';
import { becomes, type Daemon, Network, pause, ROOT } from './netns.ts';

export const VIP = '10.50.1.100';
export const VIP6 = 'fd50:1::100';

/** The treatment of packets to a port. */
export type Fault = 'drop' | 'reject' | 'reject with tcp reset';

export class Farm {
  readonly net: Network;
  private readonly webs = new Map<string, Daemon>();

  constructor(label: string) {
    this.net = new Network(label);
    this.net.host('lb', '10.50.1.1/24', 'fd50:1::1/64', '10.50.2.1/24', 'fd50:2::1/64');
    this.net.host('client', '10.50.1.9/24', 'fd50:1::9/64');
    this.must('lb', 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    this.net.inside(
      'lb',
      ...[`${VIP}/32`, `${VIP6}/128`].map((address) => `addr add ${address} dev lan nodad`),
    );
  }

  /** `web1` has 10.50.2.11 and fd50:2::11, and so on. */
  async serve(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const number = 10 + Number(name.replace('web', ''));
      this.net.host(name, `10.50.2.${number}/24`, `fd50:2::${number}/64`);
      this.net.inside(name, 'route add default via 10.50.2.1', 'route add default via fd50:2::1');
      // All hosts share one switch, but the return path must lead through the load balancer.
      const keep = ['ipv6.conf.lan', 'ipv4.conf.all'].map(
        (scope) => `net.${scope}.accept_redirects=0`,
      );
      this.must(name, 'sysctl', '-qw', ...keep);
      this.start(name);
    }
    for (const name of names)
      await becomes(`${name} listens`, () => this.requests(name).includes('listening'));
  }

  start(name: string): void {
    const script = join(ROOT, 'test/fixtures/web.mjs');
    this.webs.set(name, this.net.run(name, process.execPath, script, name, '80', '81'));
  }

  /** Closes its port. */
  stop(name: string): void {
    this.net.kill(name, 'web.mjs');
  }

  /** One line each: `/path from ADDRESS`. */
  requests(name: string): string {
    return this.webs.get(name)?.output() ?? '';
  }

  /** halabd on the load balancer. */
  halabd(config: string, ...more: string[]): Daemon {
    return this.net.halabd('lb', this.net.write('lb.conf', config), [], more);
  }

  /** keepalived's checkers with the same file. */
  keepalived(config: string): Daemon {
    const pid = (name: string): string => join(this.net.folder, `${name}.pid`);
    const files = [
      '-f',
      this.net.write('lb.conf', config),
      '-p',
      pid('parent'),
      '-c',
      pid('checkers'),
    ];
    return this.net.run('lb', 'keepalived', '-n', '-l', '-D', '-C', ...files);
  }

  /** The servers that answer that many new connections; `!` and an error if none does. */
  ask(count: number, host = VIP, port = 80): string[] {
    const script = join(ROOT, 'test/fixtures/client.mjs');
    const args = [script, host, String(port), String(count)];
    const { output } = this.net.ask('client', process.execPath, ...args);
    return answersOf(output).map(({ answer }) => answer);
  }

  /** A client that sends requests continuously. */
  keepAsking(pauseMs: number): Daemon {
    const script = join(ROOT, 'test/fixtures/client.mjs');
    return this.net.run('client', process.execPath, script, VIP, '80', '0', String(pauseMs));
  }

  block(name: string, fault: Fault, match = 'tcp dport 80'): void {
    const rule = `table inet fault {
      chain input { type filter hook input priority 0; ${match} ${fault}; }
    }`;
    this.must(name, 'nft', rule);
  }

  unblock(name: string): void {
    this.must(name, 'nft', 'delete', 'table', 'inet', 'fault');
  }

  /** The real servers in `halabd status --json`, in order: `web1 up 1`. */
  servers(): string[] {
    const { status, output } = this.net.ask('lb', process.execPath, HALABD, 'status', '--json');
    if (status !== 0) return [];
    const { check } = JSON.parse(output) as { check: StatusOfChecks | null };
    return (check?.virtualServers ?? []).flatMap(({ realServers }) =>
      realServers.map(
        ({ address, up, weight }) =>
          `web${Number(/\d+$/.exec(address)?.[0]) - 10} ${up ? 'up' : 'down'} ${weight.effective}`,
      ),
    );
  }

  async pool(what: string, wanted: readonly string[], story: () => string): Promise<void> {
    await becomes(
      what,
      () => this.servers().join() === wanted.join(),
      15_000,
      () => `${this.servers().join()}\n${story()}`,
    );
    // Its output is still in the pipe.
    await pause(50);
  }

  /** Runs a command inside a host that must succeed; its output. */
  must(host: string, ...command: string[]): string {
    const { status, output } = this.net.ask(host, ...command);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${output}`);
    return output;
  }

  close(): void {
    this.net.close();
  }
}

export const HALABD = join(ROOT, 'dist/halabd.js');

interface StatusOfChecks {
  readonly virtualServers: readonly {
    readonly realServers: readonly {
      readonly address: string;
      readonly up: boolean;
      readonly weight: { readonly effective: number };
    }[];
  }[];
}

/** The output of client.mjs. */
export function answersOf(output: string): { readonly at: number; readonly answer: string }[] {
  return [...output.matchAll(/^(\d+) (.*)$/gm)].map(([, at, answer = '']) => ({
    at: Number(at),
    answer,
  }));
}

/** A real server with one checker; `more` goes into the real server. */
export function real(
  name: string,
  { port = 80, check = 'TCP_CHECK { connect_timeout 1 }', more = '', six = false } = {},
): string {
  const number = 10 + Number(name.replace('web', ''));
  const address = six ? `fd50:2::${number}` : `10.50.2.${number}`;
  return `real_server ${address} ${port} {
    ${more}
    ${check}
  }`;
}

/** A virtual server that checks ten times a second and gives up at the second failure. */
export function virtual(reals: readonly string[], more = '', service = `${VIP} 80`): string {
  return `virtual_server ${service} {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 0.1
  delay_before_retry 0.1
  ${more}
  ${reals.join('\n  ')}
}
`;
}
