/**
 * The Internet checksum (RFC 1071): the 16-bit one's complement of the one's complement sum, over a
 * message and, where the protocol wants it, a pseudo-header.
 */

/** Adds 16-bit words of `bytes[from, to)` to `sum`; an odd last byte counts as the high one. */
export function addWords(sum: number, bytes: Uint8Array, from: number, to: number): number {
  let total = sum;
  let i = from;
  for (; i + 1 < to; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  if (i < to) total += (bytes[i] ?? 0) << 8;
  return total;
}

/** Folds the carries and complements. A correct message, its checksum included, gives 0. */
export function finish(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

export function checksum(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return finish(addWords(0, bytes, from, to));
}

/**
 * Sum of the pseudo-header: source, destination, length and protocol (IPv4: RFC 5798 5.2.8; IPv6:
 * RFC 8200 8.1). The addresses are the packed bytes of one family.
 */
export function pseudoHeader(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number {
  return addWords(
    addWords(protocol + length, source, 0, source.length),
    destination,
    0,
    destination.length,
  );
}
