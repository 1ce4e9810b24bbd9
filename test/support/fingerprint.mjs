/**
 * A rolling hash over all reports of the simulator: two runs are equal if and only if their hashes are. It is
 * compared across versions of Node.
 */

export class Fingerprint {
  #high = 0x811c9dc5;
  #low = 0x01000193;

  /** Sixteen hexadecimal digits. */
  digest() {
    return [this.#high, this.#low]
      .map((part) => (part >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  change(at, change) {
    this.#add(at, 1);
    const text = JSON.stringify(change);
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  sent(at, virtual, router, priority, interval) {
    this.#add(at, 2 + virtual * 1e3 + router * 1e5);
    this.#add(interval, priority);
  }

  heard(at, virtual, router, from, priority, interval, accepted) {
    this.#add(at, (accepted ? 4 : 3) + virtual * 1e3 + router * 1e5);
    this.#add(interval, priority + from * 1e3);
  }

  missed(at, virtual, router, from, priority) {
    this.#add(at, 5 + virtual * 1e3 + router * 1e5);
    this.#add(from, priority);
  }

  jumped(from, virtual, to) {
    this.#add(from, to);
    this.#mix(virtual);
  }

  ends(at) {
    this.#add(at, 6);
  }

  #add(a, b) {
    this.#mix(a % 0x1_0000_0000);
    this.#mix(Math.floor(a / 0x1_0000_0000));
    this.#mix(b);
  }

  #mix(value) {
    this.#high = Math.imul(this.#high ^ value, 0x01000193) ^ (this.#low >>> 7);
    this.#low = Math.imul(this.#low ^ value, 0x85ebca6b) ^ (this.#high >>> 11);
  }
}
