/**
 * The network between the routers: every directed pair is a path of its own with delay, loss, cuts. What
 * happens to a delivery is a function of the seed, the pair and the number of the advert, never of values drawn
 * before.
 */
import { type Micros, micros } from '../../time.ts';
import type { Drop, NetworkSpec } from './case.ts';
import { draw, STREAM } from './draws.ts';

/** A held-back delivery arrives this many times later than the slowest ordinary one. */
const HELD_BACK = 10;
const PER_MILLE = 1_000;

export class Network {
  /** Random loss, duplicates, reordering: on while faults last. */
  noisy = false;
  /** Paths that are cut or lose packets on purpose. */
  disturbed = 0;
  /** Deliveries that were lost by chance or by name; undefined: not recorded. */
  lost: Drop[] | undefined;
  private readonly spec: NetworkSpec;
  private readonly seed: number;
  private readonly size: number;
  private readonly cuts: Uint16Array;
  private readonly losing: Uint32Array;
  /** Deliveries of the burst that is under way on a path. */
  private readonly bursts: Uint16Array;
  private readonly drops: ReadonlySet<string> | undefined;
  private readonly delays: ReadonlyMap<string, Micros> | undefined;
  private readonly spread: number;

  constructor(spec: NetworkSpec, seed: number, size: number) {
    this.spec = spec;
    this.seed = seed;
    this.size = size;
    this.cuts = new Uint16Array(size * size);
    this.losing = new Uint32Array(size * size);
    this.bursts = new Uint16Array(size * size);
    this.drops = spec.drops.length === 0 ? undefined : new Set(spec.drops.map(nameOf));
    const { delays = [] } = spec;
    this.delays =
      delays.length === 0
        ? undefined
        : new Map(delays.map((delay) => [nameOf(delay), delay.takes]));
    this.spread = spec.delayMost - spec.delayLeast;
  }

  /** Every delivery arrives now, and all take equally long. */
  uniform(): boolean {
    return this.spread === 0 && this.lossless();
  }

  /** No delivery is lost, neither by chance nor by a fault or by name. */
  lossless(): boolean {
    const { drops, delays } = this;
    return !this.noisy && this.disturbed === 0 && drops === undefined && delays === undefined;
  }

  cut(from: number, to: number, by: 1 | -1): boolean {
    const path = from * this.size + to;
    const before = this.cuts[path] ?? 0;
    this.cuts[path] = before + by;
    this.disturbed += by;
    return before === 0 || before + by === 0;
  }

  lose(from: number, to: number, count: number): void {
    const path = from * this.size + to;
    if (this.losing[path] === 0 && count > 0) this.disturbed++;
    this.losing[path] = (this.losing[path] ?? 0) + count;
  }

  /** Ends a `lose` with any remaining count. */
  spare(from: number, to: number): void {
    const path = from * this.size + to;
    if ((this.losing[path] ?? 0) > 0) this.disturbed--;
    this.losing[path] = 0;
  }

  /** How long the delivery takes; undefined: it is lost. */
  fate(from: number, to: number, virtual: number, nth: number): Micros | undefined {
    const path = from * this.size + to;
    if (this.disturbed > 0 && this.isLostOnPurpose(path)) return undefined;
    const packet = nth * 256 + virtual;
    const named = this.drops?.has(nameOf({ from, to, virtual, nth })) === true;
    if (named || (this.noisy && this.isLost(path, packet))) {
      this.lost?.push({ from, to, virtual, nth });
      return undefined;
    }
    const exact = this.delays?.get(nameOf({ from, to, virtual, nth }));
    if (exact !== undefined) return exact;
    let delay = this.spec.delayLeast + this.late(path, packet);
    if (this.noisy && this.chance(STREAM.reorder, path, packet, this.spec.reorder))
      delay +=
        HELD_BACK * this.spec.delayMost * draw(this.seed, STREAM.reorder, path + 1e6, packet);
    return micros(delay);
  }

  /** When a second copy arrives; undefined: there is none. */
  copy(from: number, to: number, virtual: number, nth: number): Micros | undefined {
    const path = from * this.size + to;
    const packet = nth * 256 + virtual;
    if (!this.noisy || !this.chance(STREAM.duplicate, path, packet, this.spec.duplicate))
      return undefined;
    return micros(this.spec.delayLeast + this.late(path + 1e6, packet));
  }

  /** When an announcement arrives at a host; undefined: all its copies are lost. */
  announcement(router: number, host: number, nth: number, copies: number): Micros | undefined {
    const path = router * PER_MILLE + host;
    for (let copy = 0; copy < copies; copy++) {
      const packet = nth * 256 + copy;
      if (
        !this.noisy ||
        !this.chance(STREAM.announcement, path, packet, this.spec.announcementLoss)
      )
        return micros(this.spec.delayLeast + this.late(path + 2e6, packet));
    }
    return undefined;
  }

  private late(path: number, packet: number): number {
    if (this.spread === 0) return 0;
    return Math.floor(draw(this.seed, STREAM.delay, path, packet) * (this.spread + 1));
  }

  private isLostOnPurpose(path: number): boolean {
    const left = this.losing[path] ?? 0;
    if (left > 0) {
      this.losing[path] = left - 1;
      if (left === 1) this.disturbed--;
      return true;
    }
    return (this.cuts[path] ?? 0) > 0;
  }

  /** Bursts are runs of losses with a geometric length. */
  private isLost(path: number, packet: number): boolean {
    const { loss, burst } = this.spec;
    const left = this.bursts[path] ?? 0;
    if (left > 0) {
      this.bursts[path] = left - 1;
      return true;
    }
    if (!this.chance(STREAM.loss, path, packet, loss)) return false;
    if (burst > 1) {
      let more = 0;
      while (more < 50 && draw(this.seed, STREAM.burst, path, packet * 64 + more) < 1 - 1 / burst)
        more++;
      this.bursts[path] = more;
    }
    return true;
  }

  private chance(stream: number, a: number, b: number, perMille: number): boolean {
    return perMille > 0 && draw(this.seed, stream, a, b) * PER_MILLE < perMille;
  }
}

function nameOf({ from, to, virtual, nth }: Drop): string {
  return `${from}>${to}/${virtual}#${nth}`;
}
