/**
 * Hosts in network namespaces for tests of halabd: a switch in its own namespace (the machine's
 * firewall must not see the frames), a veth to each host, everything removed at the end.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = new URL('../..', import.meta.url).pathname;

export interface Daemon {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

/** A captured line of tcpdump. */
export interface Seen {
  readonly at: number;
  readonly text: string;
}

export class Network {
  readonly folder = mkdtempSync(join(tmpdir(), 'halab-ns-'));
  readonly seen: Seen[] = [];
  private readonly prefix: string;
  private readonly hosts: string[] = [];
  private readonly children: ChildProcess[] = [];

  constructor(label: string) {
    this.prefix = `hlt${process.pid}${label}`;
    this.ip('netns', 'add', this.namespace('sw'));
    this.inside('sw', 'link add sw0 type bridge mcast_snooping 0', 'link set sw0 up');
  }

  /** A host `lan`-connected with these addresses. */
  host(name: string, ...addresses: string[]): void {
    this.hosts.push(name);
    this.ip('netns', 'add', this.namespace(name));
    this.plug(name, ...addresses);
  }

  plug(name: string, ...addresses: string[]): void {
    this.inside(
      'sw',
      `link add p${name} type veth peer name lan netns ${this.namespace(name)}`,
      `link set p${name} master sw0 up`,
    );
    this.inside(
      name,
      'link set lo up',
      ...addresses.map(
        (address) => `addr add ${address} dev lan${address.includes(':') ? ' nodad' : ''}`,
      ),
      'link set lan up',
    );
  }

  unplug(name: string): void {
    this.inside('sw', `link del p${name}`);
  }

  cable(name: string, up: boolean): void {
    this.inside('sw', `link set p${name} ${up ? 'up' : 'down'}`);
  }

  /** Captures VRRP and ARP on the switch from now on. */
  async capture(): Promise<void> {
    const child = spawn(
      'ip',
      [
        'netns',
        'exec',
        this.namespace('sw'),
        'tcpdump',
        '-i',
        'sw0',
        '-l',
        '-nn',
        '-tt',
        '-v',
        'ip proto 112 or ip6 proto 112 or arp or icmp6',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.children.push(child);
    let rest = '';
    let ready = false;
    child.stderr.on('data', (text: Buffer) => {
      ready ||= text.toString().includes('listening');
    });
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, stamp, text = ''] = /^(\d+\.\d+) (.*)$/.exec(line) ?? [];
        // With -v the addresses of a packet come on a second, indented line.
        const last = this.seen.at(-1);
        if (stamp !== undefined) this.seen.push({ at: Number(stamp), text });
        else if (last !== undefined)
          this.seen[this.seen.length - 1] = { at: last.at, text: `${last.text} ${line.trim()}` };
      }
    });
    await becomes('tcpdump listens', () => ready);
  }

  /** Adverts of a sender, in order. */
  adverts(sender: string): Seen[] {
    return this.seen.filter(
      ({ text }) => text.includes(`${sender} > `) && text.includes('Advertisement'),
    );
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  run(host: string, program: string, ...args: string[]): Daemon {
    const child = spawn('ip', ['netns', 'exec', this.namespace(host), program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return {
      child,
      output: () => text,
      exit: new Promise((resolve) => child.once('exit', resolve)),
    };
  }

  halabd(
    host: string,
    config: string,
    prefix: readonly string[] = [],
    more: readonly string[] = [],
  ): Daemon {
    const [program = process.execPath, ...args] = [
      ...prefix,
      process.execPath,
      join(ROOT, 'dist/halabd.js'),
      '-f',
      config,
      '-n',
      '-l',
      '-D',
      '--events',
      '-',
      ...more,
    ];
    return this.run(host, program, ...args);
  }

  /** Only its VRRP part, with pid files of the test. */
  keepalived(host: string, config: string): Daemon {
    const pid = (name: string): string => join(this.folder, `${host}-${name}.pid`);
    const options = ['-n', '-l', '-D', '-P', '-p', pid('parent'), '-r', pid('vrrp')];
    return this.run(host, 'keepalived', ...options, '-f', config);
  }

  /** Sends adverts of this priority for VRID 51 from a host as fast as it can, to their end. */
  flood(host: string, spec: { priority: number; count: number; interval: number }): void {
    const [source] = this.addresses(host).filter((address) => address.startsWith('10.'));
    const argv = [join(ROOT, 'test/fixtures/flood.mjs'), JSON.stringify({ ...spec, source })];
    const { status, output } = this.ask(host, process.execPath, ...argv);
    if (status !== 0) throw new Error(output);
  }

  addresses(host: string): string[] {
    const text = spawnSync('ip', ['-n', this.namespace(host), '-o', 'addr', 'show'], {
      encoding: 'utf8',
    }).stdout;
    return [...text.matchAll(/inet6? (\S+?)\//g)].map(([, address]) => address ?? '');
  }

  holders(address: string): string[] {
    return this.hosts.filter((host) => this.addresses(host).includes(address));
  }

  /** Runs a command inside a host to its end; its output and exit code. */
  ask(host: string, ...command: string[]): { status: number | null; output: string } {
    const run = spawnSync('ip', ['netns', 'exec', this.namespace(host), ...command], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status: run.status, output: run.stdout + run.stderr };
  }

  /** Every process of a host. */
  pids(host: string): number[] {
    const text = spawnSync('ip', ['netns', 'pids', this.namespace(host)], {
      encoding: 'utf8',
    }).stdout;
    return text
      .split('\n')
      .filter((pid) => pid !== '')
      .map(Number);
  }

  /** SIGKILL to every process of a host whose command line contains the text, children first. */
  kill(host: string, containing = ''): void {
    const pids = this.pids(host).sort((a, other) => other - a);
    const chosen = pids.filter((pid) => containing === '' || commandOf(pid).includes(containing));
    for (const pid of chosen) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with its parent.
      }
    }
  }

  close(): void {
    for (const host of [...this.hosts, 'sw']) this.kill(host);
    for (const child of this.children) child.kill('SIGKILL');
    for (const host of [...this.hosts, 'sw'])
      spawnSync('ip', ['netns', 'del', this.namespace(host)]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Its name for ip netns. */
  namespace(host: string): string {
    return `${this.prefix}${host}`;
  }

  /** Commands of ip, inside a host; one process for all, because starting one is slow in the ipvs guest. */
  inside(host: string, ...commands: string[]): void {
    execFileSync('ip', ['-n', this.namespace(host), '-batch', '-'], {
      input: commands.join('\n'),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  private ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

function commandOf(pid: number): string {
  return readdirSync('/proc').includes(String(pid))
    ? readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
    : '';
}

export async function becomes(
  what: string,
  condition: () => boolean,
  withinMs = 15_000,
  story: () => string = () => '',
): Promise<void> {
  const limit = Date.now() + withinMs;
  for (let asked = Date.now(); !condition(); asked = Date.now()) {
    if (Date.now() > limit) throw new Error(`${what}: not within ${withinMs} ms\n${story()}`);
    // A check that uses the processor gives the condition twice the time.
    await pause(Math.max(20, 2 * (Date.now() - asked)));
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** A keepalived.conf with one instance. */
export function conf(
  priority: number,
  more = '',
  addresses = '10.50.1.100/24',
  advertInterval = '0.1',
): string {
  return `vrrp_instance web {
    interface lan
    virtual_router_id 51
    priority ${priority}
    advert_int ${advertInterval}
    version 3
    ${more}
    virtual_ipaddress {
        ${addresses.split(' ').join('\n        ')}
    }
}
`;
}
