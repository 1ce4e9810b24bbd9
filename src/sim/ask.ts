/**
 * One request over the simulated network and its outcome. A connection is made with the packets that open it; the
 * request and the answer travel at their own times: a
 * server or a balancer that is gone by then no longer answers.
 */
import type { IpAddress } from '../net/address.ts';
import { type Micros, micros, milliseconds, seconds } from '../time.ts';
import { type Arrival, type Internet, type Packet, sourceTowards, travel } from './journey.ts';
import type { Kernel } from './kernel.ts';
import { conductAt, type SimConduct, type SimService } from './services.ts';

export interface Question {
  /** `connect`: a TCP connection, no more. */
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
  const conversation = new Conversation(from, question, net, answered);
  conversation.open();
  return conversation;
}

class Conversation {
  private readonly from: Kernel;
  private readonly source: IpAddress | undefined;
  private readonly question: Question;
  private readonly net: Internet;
  private readonly answered: Answered;
  private readonly boots: number;
  private closed = false;
  /** Removes the open connection from the server. */
  private leave: (() => void) | undefined;

  constructor(from: Kernel, question: Question, net: Internet, answered: Answered) {
    this.from = from;
    this.source = sourceTowards(from, question.to);
    this.question = question;
    this.net = net;
    this.answered = answered;
    this.boots = from.boots;
  }

  open(): void {
    const { source } = this;
    if (source === undefined) {
      this.fail('ENETUNREACH', micros(0));
      return;
    }
    const journey = travel(this.from, this.packet(source), this.net);
    if (journey.kind === 'unreachable') {
      if (journey.why === 'no-route') this.fail('ENETUNREACH', micros(0));
      else this.fail('EHOSTUNREACH', NEIGHBOR_GIVEN_UP);
    }
    if (journey.kind !== 'arrived') return;
    if (this.question.kind === 'ping') this.echo(journey);
    else this.arrived(journey);
  }

  close(): void {
    this.closed = true;
    this.leave?.();
  }

  private packet(source: IpAddress): Packet {
    const { to, port } = this.question;
    const protocol = this.protocol();
    const opens =
      protocol === 'TCP'
        ? CLIENT_PORT_FIRST + Math.floor(this.net.random.next() * CLIENT_PORTS)
        : undefined;
    return { protocol, source, to, port, opens, answer: false };
  }

  private echo(to: Arrival): void {
    const back = this.back(to);
    if (back === undefined || this.loses('echo', to)) return;
    const conduct = conductAt(NO_SERVICE, to.at.name);
    this.deliver({ kind: 'answered', by: to.at.name, conduct }, micros(to.after + back));
  }

  /** The first packet is at the server. */
  private arrived(to: Arrival): void {
    const { at, blocked, port } = to;
    const back = this.back(to);
    if (blocked === 'drop' || back === undefined) return;
    const trip = micros(to.after + back);
    const udp = this.question.kind === 'udp';
    const service = at.services.find(
      (listed) => listed.port === port && (listed.protocol === 'udp') === udp,
    );
    const listens = service !== undefined && !conductAt(service, at.name).stopped;
    if (blocked !== undefined || !listens) {
      const byIcmp = udp || blocked === 'reject';
      if (!byIcmp || !this.loses('error', to)) this.fail('ECONNREFUSED', trip);
      return;
    }
    if (udp) this.serve(to, service, () => !conductAt(service, at.name).stopped);
    else this.connected(to, service, trip);
  }

  private connected(to: Arrival, service: SimService, trip: Micros): void {
    const { at } = to;
    const { kind } = this.question;
    if (kind === 'connect') {
      if (service.protocol === 'tcp') service.asked++;
      this.deliver({ kind: 'answered', by: at.name, conduct: conductAt(service, at.name) }, trip);
      return;
    }
    const cut = (): void => {
      service.connections.delete(cut);
      this.fail('ECONNRESET', micros(trip / 2));
    };
    service.connections.add(cut);
    this.leave = () => service.connections.delete(cut);
    // The request follows the connection.
    this.later(to, micros(trip + to.after), () => {
      if (!service.connections.has(cut) || at.filters.port(to.port) === 'drop') return;
      this.serve(to, service, () => service.connections.delete(cut));
    });
  }

  /** The server answers in its own time if the client is `still` connected then. */
  private serve(to: Arrival, service: SimService, still: () => boolean): void {
    const { at } = to;
    const { kind } = this.question;
    service.asked++;
    const spoken = kind === 'udp' || service.protocol === kind;
    const conduct = conductAt(service, at.name);
    if (conduct.hang) return;
    const tls = service.protocol === 'https' ? TLS_WORK : 0;
    const work = micros(conduct.delay + tls + WORK_LEAST + WORK_SPREAD * this.net.random.next());
    this.later(to, work, () => {
      const back = still() ? this.back(to) : undefined;
      if (back === undefined) return;
      this.deliver(spoken ? { kind: 'answered', by: at.name, conduct } : { kind: 'garbled' }, back);
    });
  }

  /** How long the answer takes, through the balancer that tracks the connection; undefined: it cannot arrive. */
  private back({ at, balancer, port }: Arrival): Micros | undefined {
    const { source, question } = this;
    if (source === undefined) return undefined;
    const packet: Packet = {
      protocol: this.protocol(),
      source: question.to,
      port,
      to: source,
      opens: undefined,
      answer: true,
    };
    const journey = travel(at, packet, this.net);
    if (journey.kind !== 'arrived' || journey.at !== this.from) return undefined;
    const known = balancer === undefined || balancer === at || balancer === this.from;
    return known || journey.via.includes(balancer) ? journey.after : undefined;
  }

  private protocol(): Packet['protocol'] {
    const { kind } = this.question;
    return kind === 'ping' ? 'ICMP' : kind === 'udp' ? 'UDP' : 'TCP';
  }

  /** Whether ICMP is lost on the way there (an echo) or back. */
  private loses(what: 'echo' | 'error', { at, via }: Arrival): boolean {
    const lost = (kernel: Kernel, direction: 'in' | 'out'): boolean =>
      kernel.filters.icmp(what, direction);
    if (what === 'echo' && (lost(this.from, 'out') || lost(at, 'in'))) return true;
    return lost(at, 'out') || via.some((hop) => lost(hop, 'in')) || lost(this.from, 'in');
  }

  private fail(code: FailureCode, after: Micros): void {
    this.deliver({ kind: 'failed', code }, after);
  }

  private deliver(answer: Answer, after: Micros): void {
    const { from, boots } = this;
    this.net.world.after(after, () => {
      if (!this.closed && from.up && from.boots === boots) this.answered(answer);
    });
  }

  /** Unless the server was rebooted meanwhile. */
  private later({ at }: Arrival, after: Micros, then: () => void): void {
    const { boots } = at;
    this.net.world.after(after, () => {
      if (at.up && at.boots === boots) then();
    });
  }
}

const NO_SERVICE: Pick<SimService, 'faults' | 'away'> = { faults: new Map(), away: new Set() };
