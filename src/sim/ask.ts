/**
 * One request over the simulated network and its outcome. A connection is made with the packets that open it; the
 * request and the answer travel at their own times: a server or a balancer that is gone by then no longer answers.
 */
import type { IpAddress } from '../net/address.ts';
import { type Micros, micros, milliseconds, seconds } from '../time.ts';
import { type Arrival, type Internet, type Packet, sourceTowards, travel } from './journey.ts';
import type { Kernel } from './kernel.ts';
import { conductAt, type SimConduct, type SimService } from './services.ts';

export interface Question {
  /** `connect`: only a TCP connection. */
  readonly kind: 'ping' | 'udp' | 'connect' | 'http' | 'https';
  readonly to: IpAddress;
  readonly port: number;
}

export type Answer =
  | { readonly kind: 'answered'; readonly by: string; readonly conduct: SimConduct }
  /** As the system calls it. */
  | { readonly kind: 'failed'; readonly code: FailureCode }
  /** The server speaks something else. */
  | { readonly kind: 'garbled' };

export type FailureCode = 'ECONNREFUSED' | 'ECONNRESET' | 'EHOSTUNREACH' | 'ENETUNREACH';

/** Called at most once; not at all if nothing arrives. */
export type Answered = (answer: Answer) => void;

const CLIENT_PORT_FIRST = 32_768;
const CLIENT_PORTS = 28_000;
/** Linux sends three neighbour solicitations, a second apart, before it reports an error to the sender. */
const NEIGHBOR_GIVEN_UP = seconds(3);
/** Time that a server needs if no fault slows it. */
const WORK_LEAST = 150;
const WORK_SPREAD = 400;
const TLS_WORK = milliseconds(3);

/** `close`: the client goes away; `answered` is not called afterwards. */
export function ask(
  from: Kernel,
  question: Question,
  net: Internet,
  answered: Answered,
): { close(): void } {
  const { boots } = from;
  let closed = false;
  const deliver = (answer: Answer, after: Micros): void =>
    net.world.after(after, () => {
      if (!closed && from.up && from.boots === boots) answered(answer);
    });
  const source = sourceTowards(from, question.to);
  const talk: Talk | undefined =
    source === undefined ? undefined : { from, source, question, net, deliver, leave: undefined };
  if (talk === undefined) deliver(failed('ENETUNREACH'), micros(0));
  else open(talk);
  return {
    close: () => {
      closed = true;
      talk?.leave?.();
    },
  };
}

/** A request under way. */
interface Talk {
  readonly from: Kernel;
  readonly source: IpAddress;
  readonly question: Question;
  readonly net: Internet;
  /** The answer arrives later by this. */
  readonly deliver: (answer: Answer, after: Micros) => void;
  /** Removes the open connection from the server. */
  leave: (() => void) | undefined;
}

function failed(code: FailureCode): Answer {
  return { kind: 'failed', code };
}

function protocolOf({ kind }: Question): Packet['protocol'] {
  return kind === 'ping' ? 'ICMP' : kind === 'udp' ? 'UDP' : 'TCP';
}

function open(talk: Talk): void {
  const { from, source, question, net, deliver } = talk;
  const { to, port } = question;
  const protocol = protocolOf(question);
  const opens =
    protocol === 'TCP'
      ? CLIENT_PORT_FIRST + Math.floor(net.random.next() * CLIENT_PORTS)
      : undefined;
  const journey = travel(from, { protocol, source, to, port, opens, answer: false }, net);
  if (journey.kind === 'unreachable') {
    if (journey.why === 'no-route') deliver(failed('ENETUNREACH'), micros(0));
    else deliver(failed('EHOSTUNREACH'), NEIGHBOR_GIVEN_UP);
  }
  if (journey.kind !== 'arrived') return;
  if (question.kind === 'ping') echo(talk, journey);
  else arrived(talk, journey);
}

function echo(talk: Talk, to: Arrival): void {
  const back = answerTime(talk, to);
  if (back === undefined || loses(talk, 'echo', to)) return;
  const conduct = conductAt(NO_SERVICE, to.at.name);
  talk.deliver({ kind: 'answered', by: to.at.name, conduct }, micros(to.after + back));
}

/** The first packet is at the server. */
function arrived(talk: Talk, to: Arrival): void {
  const { at, blocked, port } = to;
  const back = answerTime(talk, to);
  if (blocked === 'drop' || back === undefined) return;
  const trip = micros(to.after + back);
  const udp = talk.question.kind === 'udp';
  const service = at.services.find(
    (listed) => listed.port === port && (listed.protocol === 'udp') === udp,
  );
  const listens = service !== undefined && !conductAt(service, at.name).stopped;
  if (blocked !== undefined || !listens) {
    const byIcmp = udp || blocked === 'reject';
    if (!byIcmp || !loses(talk, 'error', to)) talk.deliver(failed('ECONNREFUSED'), trip);
    return;
  }
  if (udp) serve(talk, to, service, () => !conductAt(service, at.name).stopped);
  else connected(talk, to, service, trip);
}

function connected(talk: Talk, to: Arrival, service: SimService, trip: Micros): void {
  const { at } = to;
  if (talk.question.kind === 'connect') {
    if (service.protocol === 'tcp') service.asked++;
    talk.deliver({ kind: 'answered', by: at.name, conduct: conductAt(service, at.name) }, trip);
    return;
  }
  const cut = (): void => {
    service.connections.delete(cut);
    talk.deliver(failed('ECONNRESET'), micros(trip / 2));
  };
  service.connections.add(cut);
  talk.leave = () => service.connections.delete(cut);
  // The request follows the connection.
  later(talk, to, micros(trip + to.after), () => {
    if (!service.connections.has(cut) || at.filters.port(to.port) === 'drop') return;
    serve(talk, to, service, () => service.connections.delete(cut));
  });
}

/** The server answers in its own time if the client is `still` connected then. */
function serve(talk: Talk, to: Arrival, service: SimService, still: () => boolean): void {
  const { at } = to;
  const { kind } = talk.question;
  service.asked++;
  const spoken = kind === 'udp' || service.protocol === kind;
  const conduct = conductAt(service, at.name);
  if (conduct.hang) return;
  const tls = service.protocol === 'https' ? TLS_WORK : 0;
  const work = micros(conduct.delay + tls + WORK_LEAST + WORK_SPREAD * talk.net.random.next());
  later(talk, to, work, () => {
    const back = still() ? answerTime(talk, to) : undefined;
    if (back === undefined) return;
    talk.deliver(spoken ? { kind: 'answered', by: at.name, conduct } : { kind: 'garbled' }, back);
  });
}

/** How long the answer takes, through the balancer that tracks the connection; undefined: it cannot arrive. */
function answerTime(
  { from, source, question, net }: Talk,
  { at, balancer, port }: Arrival,
): Micros | undefined {
  const protocol = protocolOf(question);
  const ends = { source: question.to, port, to: source };
  const journey = travel(at, { protocol, ...ends, opens: undefined, answer: true }, net);
  if (journey.kind !== 'arrived' || journey.at !== from) return undefined;
  const known = balancer === undefined || balancer === at || balancer === from;
  return known || journey.via.includes(balancer) ? journey.after : undefined;
}

/** Whether ICMP is lost on the way there (an echo) or back. */
function loses({ from }: Talk, what: 'echo' | 'error', { at, via }: Arrival): boolean {
  const lost = (kernel: Kernel, direction: 'in' | 'out'): boolean =>
    kernel.filters.icmp(what, direction);
  if (what === 'echo' && (lost(from, 'out') || lost(at, 'in'))) return true;
  return lost(at, 'out') || via.some((hop) => lost(hop, 'in')) || lost(from, 'in');
}

/** Unless the server was rebooted meanwhile. */
function later({ net }: Talk, { at }: Arrival, after: Micros, then: () => void): void {
  const { boots } = at;
  net.world.after(after, () => {
    if (at.up && at.boots === boots) then();
  });
}

const NO_SERVICE: Pick<SimService, 'faults' | 'away'> = { faults: new Map(), away: new Set() };
