/** Who sent adverts for which virtual router, and when two did at once, from tcpdump on the switch. */
import { INTERVAL } from './configs.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Overlap extends Span {
  readonly vrid: string;
}

/** Why adverts of a node may have been missing on the wire. */
export interface Cause extends Span {
  readonly what: string;
}

interface Router {
  /** The last advert of each sender that has not resigned since. */
  readonly last: Map<string, number>;
  /** The only sender, and since when. */
  sender: string;
  since: number;
  heard: number;
}

/** A router that was silent for longer was replaced: it takes over when it returns. */
export const DOWN = 3 * INTERVAL + 0.1;
/** Overlaps this close together count as one. */
const NEAR = 2 * INTERVAL;
const LINE = /^(\d+\.\d+) IP (\S+) > \S+ VRRPv\d, Advertisement, .*?vrid (\d+), prio (\d+)/;

export class Wire {
  private readonly routers = new Map<string, Router>();
  private readonly found: Overlap[] = [];
  private readonly silences: Overlap[] = [];
  private rest = '';
  adverts = 0;

  read(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, at, sender = '', vrid = '', priority] = LINE.exec(line) ?? [];
      if (at !== undefined) this.note(Number(at), sender, vrid, Number(priority));
    }
  }

  overlaps(): readonly Overlap[] {
    return this.found;
  }

  /** Silence of all routers of a virtual router for more than three intervals. */
  silent(): readonly Overlap[] {
    return this.silences;
  }

  private note(at: number, sender: string, vrid: string, priority: number): void {
    this.adverts++;
    const fresh: Router = { last: new Map(), sender, since: at, heard: at };
    const router = this.routers.get(vrid) ?? fresh;
    this.routers.set(vrid, router);
    if (at - router.heard > DOWN) this.silences.push({ vrid, from: router.heard, to: at });
    router.heard = at;
    if (priority === 0) {
      router.last.delete(sender);
      return;
    }
    const mine = router.last.get(sender);
    if (router.sender !== sender) {
      if (mine !== undefined && at - mine < DOWN) this.add({ vrid, from: router.since, to: at });
      router.sender = sender;
      router.since = at;
    }
    router.last.set(sender, at);
  }

  private add(overlap: Overlap): void {
    const index = this.found.findLastIndex(({ vrid }) => vrid === overlap.vrid);
    const before = this.found[index];
    if (before !== undefined && overlap.from - before.to < NEAR)
      this.found[index] = { ...before, to: overlap.to };
    else this.found.push(overlap);
  }
}

export const lasts = ({ from, to }: Span): number => to - from;

/** Those that began while no adverts were to be expected. */
export function causeOf(span: Span, causes: readonly Cause[]): Cause | undefined {
  return causes.find(({ from, to }) => span.to >= from && span.from <= to);
}

/** Times at which a router logged that it was stalled so long that its peers may have taken over. */
export function stalls(log: string): Cause[] {
  const lines = log.matchAll(/^(\S+Z) halabd_vrrp: error: \S+: did not run for ([\d.]+) (m?s)$/gm);
  return [...lines].map(([, stamp = '', value, unit]) => {
    const at = Date.parse(stamp) / 1_000;
    const late = Number(value) / (unit === 'ms' ? 1_000 : 1);
    return { what: 'it did not run', from: at - late - INTERVAL, to: at + DOWN };
  });
}

/** Seconds of a stretch that the causes cover, together. */
export function covered(causes: readonly Cause[], { from, to }: Span): number {
  let sum = 0;
  let end = from;
  for (const cause of [...causes].sort((a, b) => a.from - b.from)) {
    const start = Math.max(cause.from, end);
    const stop = Math.min(cause.to, to);
    if (stop <= start) continue;
    sum += stop - start;
    end = stop;
  }
  return sum;
}
