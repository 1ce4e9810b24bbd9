/**
 * A set of rows of 32-bit numbers, each with its index in the order of arrival: exact states, packed one after
 * the other in one array, found by open addressing. A `Map` of strings would need ten times the memory and time.
 */

/** Whether a row with the last number `known` covers an equal row with the last number `wanted`. */
export type Covers = (known: number, wanted: number) => boolean;

export class RowStore {
  /** Numbers in a row. */
  readonly width: number;
  /** Row i begins at `i * width`. Replaced when it grows: read it again after every `add`. */
  rows: Int32Array;
  count = 0;
  /** Index + 1 of a row; 0: free. */
  private table: Int32Array;
  private readonly covers: Covers | undefined;
  /** Numbers by which rows are compared. */
  private readonly key: number;

  constructor(width: number, expected = 1_024, covers?: Covers) {
    this.width = width;
    this.covers = covers;
    this.key = covers === undefined ? width : width - 1;
    this.rows = new Int32Array(expected * width);
    this.table = new Int32Array(expected * 2);
  }

  /** The index of this row, or of one that covers it; new if it is the old `count`. */
  add(row: Int32Array, at = 0): number {
    const slot = this.slotOf(row, at);
    const known = this.table[slot] ?? 0;
    if (known !== 0) return known - 1;
    const { width, count } = this;
    if ((count + 1) * width > this.rows.length) this.rows = grown(this.rows);
    const { rows } = this;
    for (let k = 0, to = count * width; k < width; k++) rows[to + k] = row[at + k] ?? 0;
    this.table[slot] = count + 1;
    this.count = count + 1;
    if (this.count * 2 > this.table.length) this.rehash();
    return count;
  }

  /** -1: no such row. */
  find(row: Int32Array, at = 0): number {
    return (this.table[this.slotOf(row, at)] ?? 0) - 1;
  }

  bytes(): number {
    return this.rows.byteLength + this.table.byteLength;
  }

  /** Where the row is, or would be put. */
  private slotOf(row: Int32Array, at: number): number {
    const { width, key, rows, table, covers } = this;
    const mask = table.length - 1;
    let slot = hash(row, at, key) & mask;
    for (;;) {
      const known = table[slot] ?? 0;
      if (known === 0) return slot;
      const from = (known - 1) * width;
      let k = 0;
      while (k < key && rows[from + k] === row[at + k]) k++;
      if (k === width) return slot;
      if (k === key && covers?.(rows[from + k] as number, row[at + k] as number)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = hash(this.rows, i * this.width, this.key) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = i + 1;
    }
    this.table = table;
  }
}

/** Twice as long. */
export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(array.length * 2);
  longer.set(array);
  return longer;
}

/** murmur3 over the row. */
function hash(row: Int32Array, at: number, width: number): number {
  let h = width;
  for (let k = 0; k < width; k++) {
    let x = Math.imul(row[at + k] ?? 0, 0xcc9e2d51);
    x = Math.imul((x << 15) | (x >>> 17), 0x1b873593);
    h ^= x;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
