/**
 * Reads what a Linux program is linked with: its loader, the names of its libraries and its run path. The program may be
 * untrusted, so it is not executed (`ldd` would), every read is bounded, and malformed data is an Error.
 */

/** `length` bytes at `offset`, or as many as there are. */
export type ByteSource = (offset: number, length: number) => Buffer;

export interface Elf {
  readonly bits: 32 | 64;
  /** e_machine: 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  /** PT_INTERP. */
  readonly loader: string | undefined;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  /** DT_RUNPATH, else DT_RPATH, split at its colons. */
  readonly runPath: readonly string[];
}

const PT = { load: 1, dynamic: 2, interp: 3 } as const;
const DT = { end: 0, needed: 1, strings: 5, rpath: 15, runpath: 29 } as const;
const MOST_SEGMENTS = 256;
const MOST_TAGS = 4_096;
const LONGEST_TEXT = 4_096;

export function isElf(file: ByteSource): boolean {
  return file(0, 4).toString('latin1') === '\x7fELF';
}

/** Throws an Error that says what is wrong. */
export function readElf(file: ByteSource): Elf {
  if (!isElf(file)) throw new Error('it is no ELF program');
  const [kind = 0, order = 0] = file(4, 2);
  if (kind !== 1 && kind !== 2) throw new Error('it has neither 32 nor 64 bits');
  if (order !== 1) throw new Error('it is not little-endian');
  const image = new Image(file, kind === 2);
  const tags = image.tags();
  const runPath =
    tags.find(([tag]) => tag === DT.runpath) ?? tags.find(([tag]) => tag === DT.rpath);
  const text = (at: number): string => image.textAt(tags, at);
  return {
    bits: kind === 2 ? 64 : 32,
    machine: image.machine,
    loader: image.loader(),
    needed: tags.filter(([tag]) => tag === DT.needed).map(([, at]) => text(at)),
    runPath: runPath === undefined ? [] : text(runPath[1]).split(':'),
  };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

type Tag = readonly [tag: number, value: number];

class Image {
  readonly machine: number;
  private readonly file: ByteSource;
  private readonly wide: boolean;
  private readonly segments: readonly Segment[];

  constructor(file: ByteSource, wide: boolean) {
    this.file = file;
    this.wide = wide;
    const header = this.bytes(0, wide ? 64 : 52);
    this.machine = header.readUInt16LE(18);
    const table = this.word(header, wide ? 32 : 28);
    const entry = header.readUInt16LE(wide ? 54 : 42);
    const count = header.readUInt16LE(wide ? 56 : 44);
    if (entry !== (wide ? 56 : 32)) throw new Error('its program headers have another size');
    if (count > MOST_SEGMENTS) throw new Error(`it has more than ${MOST_SEGMENTS} segments`);
    this.segments = Array.from({ length: count }, (_, i) =>
      this.segment(this.bytes(table + i * entry, entry)),
    );
  }

  loader(): string | undefined {
    const found = this.segments.find(({ type }) => type === PT.interp);
    return found === undefined ? undefined : this.text(found.offset, found.size);
  }

  tags(): Tag[] {
    const found = this.segments.find(({ type }) => type === PT.dynamic);
    if (found === undefined) return [];
    const width = this.wide ? 16 : 8;
    const count = Math.floor(found.size / width);
    if (count > MOST_TAGS) throw new Error(`its dynamic section has more than ${MOST_TAGS} tags`);
    const bytes = this.bytes(found.offset, count * width);
    const tags = Array.from({ length: count }, (_, i): Tag => {
      const entry = bytes.subarray(i * width, (i + 1) * width);
      // Other tags may use all bits of their value; those read here are offsets.
      const tag = this.wide ? Number(entry.readBigUInt64LE(0)) : entry.readUInt32LE(0);
      return [tag, this.wide ? Number(entry.readBigUInt64LE(8)) : entry.readUInt32LE(4)];
    });
    const end = tags.findIndex(([tag]) => tag === DT.end);
    return end < 0 ? tags : tags.slice(0, end);
  }

  /** The string at an offset of the table that DT_STRTAB points to. */
  textAt(tags: readonly Tag[], offset: number): string {
    const address = tags.find(([tag]) => tag === DT.strings)?.[1];
    if (address === undefined) throw new Error('it has names, but no table of strings');
    const segment = this.segments.find(
      (candidate) =>
        candidate.type === PT.load &&
        address >= candidate.address &&
        address < candidate.address + candidate.size,
    );
    if (segment === undefined) throw new Error('its table of strings is in no segment');
    return this.text(segment.offset + (address - segment.address) + offset, LONGEST_TEXT);
  }

  private segment(entry: Buffer): Segment {
    const [offset, address, size] = this.wide ? ([8, 16, 32] as const) : ([4, 8, 16] as const);
    return {
      type: entry.readUInt32LE(0),
      offset: this.word(entry, offset),
      address: this.word(entry, address),
      size: this.word(entry, size),
    };
  }

  private word(bytes: Buffer, at: number): number {
    return this.wide ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at);
  }

  /** Up to the first NUL, which must come within `most` bytes. */
  private text(offset: number, most: number): string {
    checkOffset(offset);
    const bytes = this.file(offset, Math.min(most, LONGEST_TEXT));
    const end = bytes.indexOf(0);
    if (end < 0) throw new Error(`a name of it does not end within ${LONGEST_TEXT} bytes`);
    return bytes.subarray(0, end).toString('utf8');
  }

  private bytes(offset: number, length: number): Buffer {
    checkOffset(offset);
    const bytes = this.file(offset, length);
    if (bytes.length < length) throw new Error('it is cut off');
    return bytes;
  }
}

function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new Error('it points beyond its end');
}
