/**
 * A subagent's connection to the SNMP agent (AgentX, RFC 2741): registers subtrees, answers requests, sends
 * notifications, and reconnects. A missing agent blocks nothing and is logged once.
 */
import { connect, type Socket } from 'node:net';
import type { AgentAddress } from '../../engine/core/config-process.ts';
import type { Trap } from '../../engine/snmp/traps.ts';
import { answer, type MibView } from '../../engine/snmp/view.ts';
import { messageOf } from '../../errors.ts';
import {
  encodeClose,
  encodeNotify,
  encodeOpen,
  encodeRegister,
  encodeResponse,
  HEADER_BYTES,
  NOT_WRITABLE,
  type Oid,
  PDU,
  type PduHeader,
  readHeader,
  readResponseError,
  readSearch,
} from '../../net/agentx.ts';
import type { Log } from '../log.ts';

const RETRY_MS = 5_000;
/** How long the agent waits for an answer. */
const ANSWER_SECONDS = 5;
const MOST_WAITING = 100;

export class AgentxClient {
  private readonly address: AgentAddress;
  private readonly subtrees: readonly Oid[];
  private readonly view: () => Promise<MibView>;
  private readonly log: Log;
  private socket: Socket | undefined;
  private retry: NodeJS.Timeout | undefined;
  private rest = Buffer.alloc(0);
  private session = 0;
  private packets = 0;
  /** The agent has accepted the session. */
  private open = false;
  private failing = false;
  private closed = false;
  private readonly waiting: Trap[] = [];
  /** Requests are answered in the order they arrive. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    address: AgentAddress,
    subtrees: readonly Oid[],
    view: () => Promise<MibView>,
    log: Log,
  ) {
    this.address = address;
    this.subtrees = subtrees;
    this.view = view;
    this.log = log;
    this.connect();
  }

  /** Kept up to a bound while the agent is missing. */
  notify(trap: Trap): void {
    this.waiting.push(trap);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    this.flush();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    if (this.open) this.socket?.end(encodeClose(this.ids()));
    else this.socket?.destroy();
  }

  private connect(): void {
    const socket = connect(this.address);
    this.socket = socket;
    this.rest = Buffer.alloc(0);
    this.open = false;
    socket.on('connect', () => {
      socket.write(encodeOpen(this.ids(), ANSWER_SECONDS, 'halabd'));
    });
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.failed(messageOf(error)));
    socket.on('close', () => {
      if (this.closed) return;
      this.failed('it closed the connection');
      this.open = false;
      this.retry = setTimeout(() => this.connect(), RETRY_MS);
    });
  }

  private failed(why: string): void {
    if (!this.failing && !this.closed)
      this.log.error(`the SNMP agent is not there: ${why}; it is tried again every 5 s`);
    this.failing = true;
  }

  private receive(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= HEADER_BYTES) {
      const header = readHeader(this.rest);
      if (header === undefined) {
        this.socket?.destroy(new Error('it speaks another protocol'));
        return;
      }
      const end = HEADER_BYTES + header.length;
      if (this.rest.length < end) return;
      const payload = this.rest.subarray(HEADER_BYTES, end);
      this.rest = this.rest.subarray(end);
      this.take(header, payload);
    }
  }

  private take(header: PduHeader, payload: Uint8Array): void {
    switch (header.type) {
      case PDU.response:
        this.response(header, readResponseError(payload));
        return;
      case PDU.get:
      case PDU.getNext:
      case PDU.getBulk:
        this.turn = this.turn.then(() => this.question(header, payload));
        return;
      case PDU.testSet:
        this.socket?.write(encodeResponse(header, NOT_WRITABLE, []));
        return;
      case PDU.close:
        this.socket?.destroy();
        return;
      default:
        // CleanupSet wants no answer, and CommitSet cannot follow a refused TestSet.
        return;
    }
  }

  private response({ session }: PduHeader, error: number): void {
    if (error !== 0) this.log.error(`the SNMP agent refused: error ${error} (RFC 2741 6.2.16)`);
    if (this.open) return;
    if (error !== 0) {
      this.socket?.destroy();
      return;
    }
    this.session = session;
    this.open = true;
    this.failing = false;
    for (const subtree of this.subtrees) this.socket?.write(encodeRegister(this.ids(), subtree));
    this.log.info('registered with the SNMP agent');
    this.flush();
  }

  private async question(header: PduHeader, payload: Uint8Array): Promise<void> {
    const search = readSearch(header, payload);
    if (search === undefined) {
      this.socket?.destroy(new Error('it sent a question that ends early'));
      return;
    }
    this.socket?.write(encodeResponse(header, 0, answer(header.type, search, await this.view())));
  }

  private flush(): void {
    if (!this.open) return;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      this.socket?.write(encodeNotify(this.ids(), next.oid, next.binds));
  }

  private ids(): { session: number; transaction: number; packet: number } {
    const packet = ++this.packets;
    return { session: this.session, transaction: packet, packet };
  }
}
