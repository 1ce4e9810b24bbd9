/** Layer 3: PING_CHECK. One raw socket for each source; replies are matched by identifier and sequence number. */
import type { ProbeTarget } from '../../engine/core/config-checker.ts';
import { openPingSocket, type PingSocket } from '../../linux/ping-socket.ts';
import { type Report, reasonOf } from './running.ts';

const MOST = 65_536;

export class PingSockets {
  private readonly sockets = new Map<string, PingSocket>();
  private readonly waiting = new Map<number, { readonly from: string; readonly report: Report }>();
  private readonly id = process.pid % MOST;
  private last = 0;

  ask(target: ProbeTarget, report: Report): () => void {
    const sequence = this.next();
    const problem = this.send(target, sequence);
    if (problem === undefined) this.waiting.set(sequence, { from: target.address, report });
    else setImmediate(() => report(problem));
    return () => this.waiting.delete(sequence);
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.close();
    this.sockets.clear();
  }

  /** A sequence number that no probe in flight has. */
  private next(): number {
    do this.last = (this.last + 1) % MOST;
    while (this.waiting.has(this.last) && this.waiting.size < MOST);
    return this.last;
  }

  private send(target: ProbeTarget, sequence: number): string | undefined {
    const { address, bindAddress, bindInterface, mark } = target;
    const six = address.includes(':');
    const key = `${six} ${bindAddress} ${bindInterface} ${mark}`;
    let socket = this.sockets.get(key);
    if (socket === undefined) {
      const opened = openPingSocket({
        family: six ? 6 : 4,
        source: bindAddress,
        interface: bindInterface,
        mark,
        onReply: (from, id, number) => {
          const waiting = id === this.id ? this.waiting.get(number) : undefined;
          if (waiting?.from === from) waiting.report(undefined, 'echo reply');
        },
      });
      if (typeof opened === 'string') return reasonOf({ code: opened });
      socket = opened;
      this.sockets.set(key, socket);
    }
    const problem = socket.send(address, this.id, sequence);
    return problem === undefined ? undefined : reasonOf({ code: problem });
  }
}
