/**
 * Classic BPF for IPv6 VRRP sockets: a raw socket delivers neither the hop limit nor the destination, and
 * IPV6_MINHOPCOUNT is not enforced on it. So the kernel sorts by both before a packet is delivered.
 */
import { type IpAddress, ipToBytes } from '../net/address.ts';
import { VRRP_TTL } from '../net/vrrp-packet.ts';
import { u16, u32, u64 } from './bytes.ts';
import { loadKoffi } from './native.ts';

/** Adverts of this peer for this VRID must come with `min` to `max` (keepalived `min_ttl`, `max_ttl`). */
export interface HopLimit {
  readonly vrid: number;
  readonly source: IpAddress;
  readonly min: number;
  readonly max: number;
}

/** code, jump if true, jump if false, operand. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const LOAD_WORD = 0x20;
const LOAD_BYTE = 0x30;
const EQUALS = 0x15;
const GREATER = 0x25;
const AT_LEAST = 0x35;
const RETURN = 0x06;
const ALL = 0xffff;
/** Offsets into the IPv6 header; other offsets count from the VRRP message. */
const IP = -0x100000;
const HOP_LIMIT = IP + 7;
const SOURCE = IP + 8;
const DESTINATION = IP + 24;
const VRID = 1;
/** Instructions of one `HopLimit`. */
const BLOCK = 15;

/** Passes packets to this group with hop limit 255. */
export function multicastFilter(group: IpAddress): Buffer {
  return assemble([
    ...to(group),
    [LOAD_BYTE, 0, 0, HOP_LIMIT],
    [EQUALS, 0, 1, VRRP_TTL],
    [RETURN, 0, 0, ALL],
    [RETURN, 0, 0, 0],
  ]);
}

/** Passes packets to `own` that keep the hop limits, or those that do not. */
export function unicastFilter(
  own: IpAddress,
  limits: readonly HopLimit[],
  wanted: 'inside' | 'outside',
): Buffer {
  const inside: Instruction = [RETURN, 0, 0, wanted === 'inside' ? ALL : 0];
  const outside: Instruction = [RETURN, 0, 0, wanted === 'outside' ? ALL : 0];
  const blocks = limits.flatMap(({ vrid, source, min, max }): Instruction[] => {
    /** Jump from this instruction of the block to the next block. */
    const next = (at: number): number => BLOCK - at - 1;
    return [
      [LOAD_BYTE, 0, 0, VRID],
      [EQUALS, 0, next(1), vrid],
      ...wordsOf(source).flatMap((word, i): Instruction[] => [
        [LOAD_WORD, 0, 0, SOURCE + i * 4],
        [EQUALS, 0, next(3 + i * 2), word],
      ]),
      [LOAD_BYTE, 0, 0, HOP_LIMIT],
      [AT_LEAST, 0, 2, min],
      [GREATER, 1, 0, max],
      inside,
      outside,
    ];
  });
  return assemble([...to(own), ...blocks, inside]);
}

/** Drops packets to any other address. */
function to(destination: IpAddress): Instruction[] {
  return wordsOf(destination).flatMap((word, i): Instruction[] => [
    [LOAD_WORD, 0, 0, DESTINATION + i * 4],
    [EQUALS, 1, 0, word],
    [RETURN, 0, 0, 0],
  ]);
}

function wordsOf(address: IpAddress): number[] {
  const bytes = Buffer.from(ipToBytes(address));
  return [0, 4, 8, 12].map((at) => bytes.readUInt32BE(at));
}

/** struct sock_filter, one after the other. */
export function assemble(program: readonly Instruction[]): Buffer {
  return Buffer.concat(
    program.flatMap(([code, jt, jf, k]) => [u16(code), Buffer.from([jt, jf]), u32(k >>> 0)]),
  );
}

/** struct sock_fprog for SO_ATTACH_FILTER. It points to `program`, which must live until the call is over. */
export function filterOf(program: Buffer): Buffer {
  const address = u64(BigInt(loadKoffi().address(program)));
  return Buffer.concat([u32(program.length / 8), u32(0), address]);
}
