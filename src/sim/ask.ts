/**
 * One question across the simulated network: who gets it, along which way, and what comes of it. The way
 * is looked at when the question is asked; what the answer would be then is what comes.
 */

import { contains, type IpAddress } from '../net/address.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Random } from '../random.ts';
import { type Instant, type Micros, micros } from '../time.ts';
import type { Kernel, SimInterface } from './kernel.ts';
import { type Manner, mannerOf } from './services.ts';

export interface Question {
  readonly kind: 'ping' | 'tcp' | 'udp';
  readonly to: IpAddress;
  readonly port: number;
}

/** `after`: from the question to what is told; `silent`: nothing ever comes. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly after: Micros;
      readonly by: string;
      readonly manner: Manner;
    }
  | { readonly kind: 'refused'; readonly after: Micros }
  | { readonly kind: 'silent' };

/** Everything that is plugged in somewhere. */
export interface Internet {
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly random: Random;
  readonly now: () => Instant;
  readonly emit: (event: LabEvent) => void;
}

/** One way over a bridge and through a kernel. */
const HOP_LEAST = 40;
const HOP_SPREAD = 60;
const CLIENT_PORT_FIRST = 32_768;
const CLIENT_PORTS = 28_000;
const SILENT: Answer = { kind: 'silent' };

/** A step of the way: the kernel a packet arrives at, and the interface. */
interface Hop {
  readonly kernel: Kernel;
  readonly port: SimInterface;
}

export function ask(from: Kernel, question: Question, net: Internet): Answer {
  const out = wayOut(from, question.to);
  const first = out === undefined ? undefined : hop(out.port, out.next, net);
  const source = out === undefined ? undefined : sourceOn(out.port, question.to);
  if (first === undefined || source === undefined) return SILENT;
  const trip = micros(HOP_LEAST + HOP_SPREAD * net.random.next());
  if (question.kind === 'ping') return pinged(from, first.kernel, trip);
  const turn = first.kernel.balancer.turn(
    question.to,
    question.kind === 'tcp' ? 'TCP' : 'UDP',
    question.port,
    source,
  );
  if (turn === 'none') return { kind: 'refused', after: trip };
  if (turn === undefined) return arrived(first, question, { source, trip }, net);
  return translated(first.kernel, { ...question, to: turn.address, port: turn.port }, source, net);
}

/** The balancer passes it on to its server, whose answer must come back the same way. */
function translated(
  balancer: Kernel,
  question: Question,
  source: IpAddress,
  net: Internet,
): Answer {
  const out = wayOut(balancer, question.to);
  const at = out === undefined ? undefined : hop(out.port, out.next, net);
  if (at === undefined) return SILENT;
  const trip = micros(2 * HOP_LEAST + 2 * HOP_SPREAD * net.random.next());
  const answer = arrived(at, question, { source, trip }, net);
  const back = wayOut(at.kernel, source);
  const returned = back === undefined ? undefined : hop(back.port, back.next, net);
  return returned?.kernel === balancer ? answer : SILENT;
}

function arrived(
  { kernel, port }: Hop,
  { kind, to, port: number }: Question,
  { source, trip }: { readonly source: IpAddress; readonly trip: Micros },
  net: Internet,
): Answer {
  if (kind === 'tcp')
    net.emit({
      kind: 'connection',
      at: net.now(),
      source: 'tap',
      node: kernel.name,
      segment: port.network,
      client: source,
      clientPort: CLIENT_PORT_FIRST + Math.floor(net.random.next() * CLIENT_PORTS),
      address: to,
      port: number,
    });
  const filter = kernel.filters.port(number);
  if (filter === 'drop') return SILENT;
  const udp = kind === 'udp';
  const service = kernel.services.find(
    (one) => one.port === number && (one.protocol === 'udp') === udp,
  );
  const manner = service === undefined ? undefined : mannerOf(service, kernel.name);
  if (filter !== undefined || manner === undefined || manner.refuses)
    return { kind: 'refused', after: trip };
  const after = micros(trip + manner.delay);
  return { kind: 'answered', after, by: kernel.name, manner };
}

function pinged(from: Kernel, target: Kernel, after: Micros): Answer {
  const lost =
    from.filters.echo('out') ||
    target.filters.echo('in') ||
    target.filters.echo('out') ||
    from.filters.echo('in');
  const manner = {
    refuses: false,
    hangs: false,
    delay: micros(0),
    status: 0,
    body: '',
    expired: false,
  };
  return lost ? SILENT : { kind: 'answered', after, by: target.name, manner };
}

/** The interface whose network the address is on, or that of the gateway. */
function wayOut(
  kernel: Kernel,
  to: IpAddress,
): { readonly port: SimInterface; readonly next: IpAddress } | undefined {
  if (!kernel.up) return undefined;
  const on = (address: IpAddress): SimInterface | undefined =>
    kernel.interfaces.find(({ own }) => own.some((prefix) => contains(prefix, address)));
  const direct = on(to);
  if (direct !== undefined) return { port: direct, next: to };
  for (const gateway of kernel.gateways) {
    const port = on(gateway);
    if (port !== undefined) return { port, next: gateway };
  }
  return undefined;
}

/** Who the next hop is now. A node asks itself without a cable. */
function hop(port: SimInterface, next: IpAddress, { kernels }: Internet): Hop | undefined {
  const own = kernels.get(port.node);
  if (own !== undefined && port.holds(next)) return { kernel: own, port };
  const target = port.switch.resolve(port, next);
  const kernel = target === undefined ? undefined : kernels.get(target.node);
  const at = kernel?.interfaces.find((one) => one.network === port.network);
  return kernel === undefined || at === undefined ? undefined : { kernel, port: at };
}

function sourceOn(port: SimInterface, to: IpAddress): IpAddress | undefined {
  const six = to.includes(':');
  return port.own.find(({ address }) => address.includes(':') === six)?.address;
}
