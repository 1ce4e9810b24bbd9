/** Requests over a netlink socket: sent and acknowledged synchronously, about 10 us each. */
import { u16, u32 } from './bytes.ts';
import { errorName, lastError, libc, SOCK } from './libc.ts';
import { decodeMessages, encodeMessage, FLAG, MESSAGE, type NetlinkMessage } from './netlink.ts';

/** `done`, or why not: `EEXIST`, `EADDRNOTAVAIL`, `EPERM` ... */
export type NetlinkOutcome = 'done' | string;

/** NETLINK_ROUTE and NETLINK_GENERIC. */
export const NETLINK = { route: 0, generic: 16 } as const;

const AF_NETLINK = 16;
const RECEIVE_BYTES = 65_536;

/** Throws if the kernel gives no socket. */
export function openNetlink(
  groups: number,
  nonBlocking: boolean,
  protocol: number = NETLINK.route,
): number {
  const type = SOCK.raw | SOCK.cloexec | (nonBlocking ? SOCK.nonblock : 0);
  const fd = libc().socket(AF_NETLINK, type, protocol);
  if (fd < 0) throw new Error(`no netlink socket: ${lastError().name}`);
  const address = Buffer.concat([u16(AF_NETLINK), u16(0), u32(0), u32(groups)]);
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
  request(
    type: number,
    flags: number,
    payload: Buffer,
  ): { readonly outcome: NetlinkOutcome; readonly messages: readonly NetlinkMessage[] } {
    const own = ++this.sequence;
    const messages: NetlinkMessage[] = [];
    let outcome: NetlinkOutcome = 'done';
    const request = encodeMessage(type, FLAG.request | flags, own, payload);
    const failed = this.exchange(request, (answer) => {
      if (answer.sequence !== own) return false;
      outcome = outcomeOf(answer);
      if (answer.type > MESSAGE.done) messages.push(answer);
      return answer.type === MESSAGE.done || answer.type === MESSAGE.error;
    });
    return { outcome: failed ?? outcome, messages };
  }

  /** The kernel handles the requests in order, and answers those that fail and the last one. */
  batch(type: number, flags: number, payloads: readonly Buffer[]): NetlinkOutcome[] {
    const first = this.sequence + 1;
    const messages = payloads.map((payload, i) => {
      const ack = i === payloads.length - 1 ? FLAG.ack : 0;
      return encodeMessage(type, FLAG.request | flags | ack, ++this.sequence, payload);
    });
    const outcomes = payloads.map((): NetlinkOutcome => 'done');
    const failed = this.exchange(Buffer.concat(messages), (answer) => {
      if (answer.type !== MESSAGE.error || answer.sequence < first) return false;
      outcomes[answer.sequence - first] = outcomeOf(answer);
      return answer.sequence === this.sequence;
    });
    return failed === undefined ? outcomes : outcomes.fill(failed);
  }

  /** Sends, and reads answers until `isLast` takes one for the last. The error that ended it before, or undefined. */
  private exchange(bytes: Buffer, isLast: (answer: NetlinkMessage) => boolean): string | undefined {
    if (libc().send(this.fd, bytes, bytes.length, 0) < 0) return lastError().name;
    for (;;) {
      const length = Number(libc().recv(this.fd, this.buffer, this.buffer.length, 0));
      if (length < 0) return lastError().name;
      for (const answer of decodeMessages(Buffer.from(this.buffer.subarray(0, length))))
        if (isLast(answer)) return undefined;
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
