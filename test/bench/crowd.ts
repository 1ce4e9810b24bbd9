/** Many real servers for benchmarks: one host that answers at every address of 10.60.0.0/16. */
import { type Farm, HALABD, VIP } from '../support/farm.ts';
import { becomes, type Daemon } from '../support/netns.ts';

const ACCEPT = `require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.resume();
}).listen({ port: 80, backlog: 2_048 }, () => console.log('listening'))`;

export async function crowd(farm: Farm): Promise<void> {
  farm.net.host('web', '10.50.2.10/24');
  farm.must('web', 'ip', 'route', 'add', 'local', '10.60.0.0/16', 'dev', 'lo');
  farm.must('lb', 'ip', 'route', 'add', '10.60.0.0/16', 'via', '10.50.2.10');
  const server = farm.net.run('web', process.execPath, '-e', ACCEPT);
  await becomes('the servers listen', () => server.output().includes('listening'));
}

/** 200 real servers to a virtual server, each with a TCP check. */
export function manyServers(count: number, timing: string): string {
  const server = (i: number): string => `  real_server 10.60.${i >> 8}.${i & 255} 80 {
    TCP_CHECK {
      connect_timeout 1
    }
  }
`;
  const services = Math.ceil(count / 200);
  return Array.from({ length: services }, (_, service) => {
    const first = service * 200;
    const own = Array.from({ length: Math.min(200, count - first) }, (_one, i) =>
      server(first + i + 1),
    );
    return `virtual_server ${VIP} ${80 + service} {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  ${timing}
${own.join('')}}
`;
  }).join('');
}

export interface CheckEvent {
  readonly kind: string;
  readonly at: number;
  readonly outcome?: string;
  readonly servers: readonly unknown[];
}

/** Events of one kind in the log of the daemon, in order. */
export function eventsOf(daemon: Daemon, kind: string): CheckEvent[] {
  return daemon
    .output()
    .split('\n')
    .filter((line) => line.startsWith(`{"kind":"${kind}"`))
    .map((line) => JSON.parse(line) as CheckEvent);
}

/** Only the last event, which is cheap to read repeatedly. */
export function lastEventOf(daemon: Daemon, kind: string): CheckEvent | undefined {
  const text = daemon.output();
  const from = text.lastIndexOf(`{"kind":"${kind}"`);
  const end = text.indexOf('\n', from);
  return from < 0 || end < 0 ? undefined : (JSON.parse(text.slice(from, end)) as CheckEvent);
}

/** The latest start of a check (us). */
export function mostLate(farm: Farm): number {
  const output = farm.must('lb', process.execPath, HALABD, 'status', '--json');
  return Math.max(...[...output.matchAll(/"mostLate": (\d+)/g)].map(([, late]) => Number(late)));
}
