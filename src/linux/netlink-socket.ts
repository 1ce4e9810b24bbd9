/** Requests over a netlink socket: sent and acknowledged synchronously, about 10 us each. */
import { errorName, lastError, libc } from './libc.ts';
import { decodeMessages, encodeMessage, FLAG, MESSAGE, type NetlinkMessage } from './netlink.ts';

/** `done`, or why not: `EEXIST`, `EADDRNOTAVAIL`, `EPERM` ... */
export type NetlinkOutcome = 'done' | string;

export interface NetlinkAnswer {
  readonly outcome: NetlinkOutcome;
  readonly messages: readonly NetlinkMessage[];
}

/** NETLINK_ROUTE and NETLINK_GENERIC. */
export const NETLINK = { route: 0, generic: 16 } as const;

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const RECEIVE_BYTES = 65_536;

/** Throws if the kernel gives no socket. */
export function openNetlink(
  groups: number,
  nonBlocking: boolean,
  protocol: number = NETLINK.route,
): number {
  const fd = libc().socket(AF_NETLINK, SOCK_RAW_CLOEXEC | (nonBlocking ? 0o4000 : 0), protocol);
  if (fd < 0) throw new Error(`no netlink socket: ${lastError().name}`);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(groups, 8);
  if (libc().bind(fd, address, address.length) < 0)
    throw new Error(`netlink bind: ${lastError().name}`);
  return fd;
}

export class NetlinkSocket {
  private readonly fd: number;
  private readonly buffer = Buffer.alloc(RECEIVE_BYTES);
  private sequence = 0;

  constructor(protocol: number = NETLINK.route) {
    this.fd = openNetlink(0, false, protocol);
  }

  /** Sends one request and collects its answers up to the acknowledgement or the end of the dump. */
  request(type: number, flags: number, payload: Buffer): NetlinkAnswer {
    const own = ++this.sequence;
    const message = encodeMessage(type, FLAG.request | flags, own, payload);
    if (libc().send(this.fd, message, message.length, 0) < 0)
      return { outcome: lastError().name, messages: [] };
    const messages: NetlinkMessage[] = [];
    for (;;) {
      const length = Number(libc().recv(this.fd, this.buffer, this.buffer.length, 0));
      if (length < 0) return { outcome: lastError().name, messages };
      const answers = [...decodeMessages(Buffer.from(this.buffer.subarray(0, length)))];
      const mine = answers.filter((answer) => answer.sequence === own);
      messages.push(...mine.filter(({ type: kind }) => kind > MESSAGE.done));
      const last = mine.find(({ type: kind }) => kind === MESSAGE.done || kind === MESSAGE.error);
      if (last !== undefined) return { outcome: outcomeOf(last), messages };
    }
  }

  /** The kernel handles the requests in order, and answers those that fail and the last one. */
  batch(type: number, flags: number, payloads: readonly Buffer[]): NetlinkOutcome[] {
    const first = this.sequence + 1;
    const messages = payloads.map((payload, i) => {
      const ack = i === payloads.length - 1 ? FLAG.ack : 0;
      return encodeMessage(type, FLAG.request | flags | ack, ++this.sequence, payload);
    });
    const outcomes = payloads.map((): NetlinkOutcome => 'done');
    const whole = Buffer.concat(messages);
    if (libc().send(this.fd, whole, whole.length, 0) < 0) return outcomes.fill(lastError().name);
    for (;;) {
      const length = Number(libc().recv(this.fd, this.buffer, this.buffer.length, 0));
      if (length < 0) return outcomes.fill(lastError().name);
      for (const answer of decodeMessages(Buffer.from(this.buffer.subarray(0, length)))) {
        if (answer.type !== MESSAGE.error || answer.sequence < first) continue;
        outcomes[answer.sequence - first] = outcomeOf(answer);
        if (answer.sequence === this.sequence) return outcomes;
      }
    }
  }

  dump(type: number, payload: Buffer): readonly NetlinkMessage[] {
    return this.request(type, FLAG.dump, payload).messages;
  }

  close(): void {
    libc().close(this.fd);
  }
}

/** The end of a dump, or an acknowledgement with its error number. */
function outcomeOf({ type, payload }: NetlinkMessage): NetlinkOutcome {
  const code = type === MESSAGE.error ? -payload.readInt32LE(0) : 0;
  return code === 0 ? 'done' : errorName(code);
}
