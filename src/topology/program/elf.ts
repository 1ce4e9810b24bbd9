/**
 * Reads the linkage of a Linux program: its loader, the names of its libraries and its run path. The program may be
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

/** Throws an Error with the reason. */
export function readElf(file: ByteSource): Elf {
  if (!isElf(file)) throw new Error('it is no ELF program');
  const [kind = 0, order = 0] = file(4, 2);
  if (kind !== 1 && kind !== 2) throw new Error('it has neither 32 nor 64 bits');
  if (order !== 1) throw new Error('it is not little-endian');
  const image = { file, wide: kind === 2 };
  const header = bytesAt(image, 0, image.wide ? 64 : 52);
  const segments = segmentsOf(image, header);
  const loader = segments.find(({ type }) => type === PT.interp);
  const tags = tagsOf(image, segments);
  const tagged = (wanted: number) => tags.find(([tag]) => tag === wanted)?.[1];
  const text = (at: number): string => {
    const table = tableAt(segments, tagged(DT.strings));
    return textAt(image, table + at, LONGEST_TEXT);
  };
  const runPath = tagged(DT.runpath) ?? tagged(DT.rpath);
  return {
    bits: image.wide ? 64 : 32,
    machine: header.readUInt16LE(18),
    loader: loader && textAt(image, loader.offset, loader.size),
    needed: tags.filter(([tag]) => tag === DT.needed).map(([, at]) => text(at)),
    runPath: runPath === undefined ? [] : text(runPath).split(':'),
  };
}

interface Image {
  readonly file: ByteSource;
  /** 64 bits. */
  readonly wide: boolean;
}

type Segment = ReturnType<typeof segmentsOf>[number];

function segmentsOf(image: Image, header: Buffer) {
  const { wide } = image;
  const table = wordAt(image, header, wide ? 32 : 28);
  const size = header.readUInt16LE(wide ? 54 : 42);
  const count = header.readUInt16LE(wide ? 56 : 44);
  if (size !== (wide ? 56 : 32)) throw new Error('its program headers have another size');
  if (count > MOST_SEGMENTS) throw new Error(`it has more than ${MOST_SEGMENTS} segments`);
  const [offset, address, length] = wide ? ([8, 16, 32] as const) : ([4, 8, 16] as const);
  return Array.from({ length: count }, (_, i) => {
    const entry = bytesAt(image, table + i * size, size);
    return {
      type: entry.readUInt32LE(0),
      offset: wordAt(image, entry, offset),
      address: wordAt(image, entry, address),
      size: wordAt(image, entry, length),
    };
  });
}

function tagsOf(image: Image, segments: readonly Segment[]): [tag: number, value: number][] {
  const found = segments.find(({ type }) => type === PT.dynamic);
  if (found === undefined) return [];
  const word = image.wide ? 8 : 4;
  const count = Math.floor(found.size / (2 * word));
  if (count > MOST_TAGS) throw new Error(`its dynamic section has more than ${MOST_TAGS} tags`);
  const bytes = bytesAt(image, found.offset, count * 2 * word);
  // Other tags may use all bits of their value; those read here are offsets.
  const tags = Array.from({ length: count }, (_, i): [number, number] => [
    wordAt(image, bytes, 2 * i * word),
    wordAt(image, bytes, (2 * i + 1) * word),
  ]);
  const end = tags.findIndex(([tag]) => tag === DT.end);
  return end < 0 ? tags : tags.slice(0, end);
}

/** Offset in the file of the table of strings, whose address DT_STRTAB is. */
function tableAt(segments: readonly Segment[], table: number | undefined): number {
  if (table === undefined) throw new Error('it has names, but no table of strings');
  const segment = segments.find(
    ({ type, address, size }) => type === PT.load && table >= address && table < address + size,
  );
  if (segment === undefined) throw new Error('its table of strings is in no segment');
  return segment.offset + (table - segment.address);
}

function wordAt({ wide }: Image, bytes: Buffer, at: number): number {
  return wide ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at);
}

/** Up to the first NUL, which must come within `most` bytes. */
function textAt({ file }: Image, offset: number, most: number): string {
  checkOffset(offset);
  const bytes = file(offset, Math.min(most, LONGEST_TEXT));
  const end = bytes.indexOf(0);
  if (end < 0) throw new Error(`a name of it does not end within ${LONGEST_TEXT} bytes`);
  return bytes.subarray(0, end).toString('utf8');
}

function bytesAt({ file }: Image, offset: number, length: number): Buffer {
  checkOffset(offset);
  const bytes = file(offset, length);
  if (bytes.length < length) throw new Error('it is cut off');
  return bytes;
}

function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new Error('it points beyond its end');
}
