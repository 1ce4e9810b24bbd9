/** Netlink messages to bytes and back: headers and attributes (netlink(7)). */

export const MESSAGE = {
  error: 2,
  done: 3,
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
  newNeighbor: 28,
  deleteNeighbor: 29,
  deleteRule: 33,
  newQdisc: 36,
  newFilter: 44,
} as const;

/** Address families, as the kernel numbers them. */
export const AF = { 4: 2, 6: 10 } as const;

export const FLAG = { request: 1, ack: 4, exclusive: 0x200, create: 0x400, dump: 0x300 } as const;

export interface NetlinkMessage {
  readonly type: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  payload: Buffer,
): Buffer {
  const bytes = Buffer.alloc(16 + align(payload.length));
  bytes.writeUInt32LE(16 + payload.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  payload.copy(bytes, 16);
  return bytes;
}

export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + align(value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

/** Messages of one datagram; a malformed rest is ignored. */
export function decodeMessages(bytes: Buffer): NetlinkMessage[] {
  return parts(bytes, 16).map((part) => ({
    type: part.readUInt16LE(4),
    sequence: part.readUInt32LE(8),
    payload: part.subarray(16),
  }));
}

/** By type; if a type is there twice, the last one. */
export function attributes(bytes: Buffer): Map<number, Buffer> {
  const all = parts(bytes, 4);
  return new Map(all.map((part) => [part.readUInt16LE(2) & 0x3fff, part.subarray(4)]));
}

/** `header`: bytes of each header, which begins with the length of its part. */
function parts(bytes: Buffer, header: 4 | 16): Buffer[] {
  const found: Buffer[] = [];
  for (let offset = 0; offset + header <= bytes.length; ) {
    const length = header === 4 ? bytes.readUInt16LE(offset) : bytes.readUInt32LE(offset);
    if (length < header || offset + length > bytes.length) break;
    found.push(bytes.subarray(offset, offset + length));
    offset += align(length);
  }
  return found;
}

function align(length: number): number {
  return (length + 3) & ~3;
}
