/** Small ELF files for tests: one segment that holds everything, a dynamic section, strings. */
export interface ElfSpec {
  readonly bits?: 32 | 64;
  readonly machine?: number;
  readonly loader?: string | undefined;
  readonly needed?: readonly string[];
  readonly runPath?: string;
  readonly rpath?: string;
}

const X86_64 = 62;
const BASE = 0x40_0000;

export function elfFile(spec: ElfSpec): Buffer {
  const { bits = 64, machine = X86_64, loader, needed = [], runPath, rpath } = spec;
  const wide = bits === 64;
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32];
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(wide ? 8 : 4);
    if (wide) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  let strings = Buffer.from('\0');
  const string = (text: string): number => {
    const at = strings.length;
    strings = Buffer.concat([strings, Buffer.from(`${text}\0`)]);
    return at;
  };
  const names: [number, number][] = needed.map((library) => [1, string(library)]);
  if (runPath !== undefined) names.push([29, string(runPath)]);
  if (rpath !== undefined) names.push([15, string(rpath)]);
  const start = headerSize + 3 * entrySize;
  const tags = [
    ...names,
    [5, BASE + start] as const,
    [10, strings.length] as const,
    [0, 0] as const,
  ];
  const dynamic = Buffer.concat(tags.flatMap(([tag, value]) => [word(tag), word(value)]));
  const interp = Buffer.from(loader === undefined ? '' : `${loader}\0`);
  const dynamicAt = start + strings.length;
  const interpAt = dynamicAt + dynamic.length;
  const size = interpAt + interp.length;
  const segment = (type: number, offset: number, length: number): Buffer => {
    const kind = Buffer.alloc(4);
    kind.writeUInt32LE(type);
    const flags = Buffer.alloc(4);
    const rest = [offset, BASE + offset, BASE + offset, length, length].map(word);
    return Buffer.concat(wide ? [kind, flags, ...rest, word(1)] : [kind, ...rest, flags, word(1)]);
  };
  const header = Buffer.alloc(headerSize);
  header.write('\x7fELF', 'latin1');
  header.set([wide ? 2 : 1, 1, 1], 4);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  word(headerSize).copy(header, wide ? 32 : 28);
  header.writeUInt16LE(entrySize, wide ? 54 : 42);
  header.writeUInt16LE(3, wide ? 56 : 44);
  return Buffer.concat([
    header,
    segment(1, 0, size),
    segment(needed.length + names.length === 0 ? 0 : 2, dynamicAt, dynamic.length),
    segment(loader === undefined ? 0 : 3, interpAt, interp.length),
    strings,
    dynamic,
    interp,
  ]);
}
