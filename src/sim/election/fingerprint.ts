/**
 * A rolling hash over everything the simulator reports: two runs are the same if and only if it is equal. It is
 * compared across versions of Node.
 */
import type { ElectionChange, ElectionListener } from '../../observe/election.ts';

export class Fingerprint implements ElectionListener {
  private high = 0x811c9dc5;
  private low = 0x01000193;

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return [this.high, this.low].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }

  change(at: number, change: ElectionChange): void {
    this.add(at, 1);
    const text = JSON.stringify(change);
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
  }

  sent(at: number, virtual: number, router: number, priority: number, interval: number): void {
    this.add(at, 2 + virtual * 1e3 + router * 1e5);
    this.add(interval, priority);
  }

  heard(
    at: number,
    virtual: number,
    router: number,
    from: number,
    priority: number,
    interval: number,
    accepted: boolean,
  ): void {
    this.add(at, (accepted ? 4 : 3) + virtual * 1e3 + router * 1e5);
    this.add(interval, priority + from * 1e3);
  }

  missed(at: number, virtual: number, router: number, from: number, priority: number): void {
    this.add(at, 5 + virtual * 1e3 + router * 1e5);
    this.add(from, priority);
  }

  jumped(from: number, virtual: number, to: number): void {
    this.add(from, to);
    this.mix(virtual);
  }

  ends(at: number): void {
    this.add(at, 6);
  }

  private add(a: number, b: number): void {
    this.mix(a % 0x1_0000_0000);
    this.mix(Math.floor(a / 0x1_0000_0000));
    this.mix(b);
  }

  private mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x01000193) ^ (this.low >>> 7);
    this.low = Math.imul(this.low ^ value, 0x85ebca6b) ^ (this.high >>> 11);
  }
}
