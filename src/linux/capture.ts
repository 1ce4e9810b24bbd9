/**
 * Captures every frame of a segment at one point, its bridge, with the kernel's stamp brought to
 * CLOCK_MONOTONIC. Event driven: the thread pool waits, the event loop drains.
 */
import { type Instant, instant } from '../time.ts';
import { i32, u16 } from './bytes.ts';
import { realtimeOffset } from './clock.ts';
import { AF_PACKET, lastError, libc, SO, SOCK, SOL_SOCKET, whenReadable } from './libc.ts';
import { packetAddress } from './packet-socket.ts';

/** `frame` is a copy the caller may keep. */
export type OnFrames = (
  frames: readonly { readonly at: Instant; readonly frame: Buffer }[],
) => void;

const ETH_P_ALL = 0x0003;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_MR_PROMISC = 1;
const PACKET_STATISTICS = 6;
/** Frames that the bridge itself sends; a lab's bridge has no address and sends nothing. */
const PACKET_OUTGOING = 4;
const RECEIVE_BYTES = 16 << 20;
const SNAP_BYTES = 2_048;
/** How often the offset of the wall clock is measured, because the wall clock may be slewed. */
const OFFSET_MS = 1_000;

/** Throws without CAP_NET_RAW or the interface. The answer counts the frames that the kernel dropped since its last call. */
export function openCapture(ifindex: number, onFrames: OnFrames): () => number {
  const { socket, bind, setsockopt } = libc();
  // Protocol 0 first: nothing is queued before the socket is bound to its interface.
  const fd = socket(AF_PACKET, SOCK.raw | SOCK.cloexec, 0);
  if (fd < 0) throw new Error(`no packet socket: ${lastError().name}; capturing needs CAP_NET_RAW`);
  const wanted = i32(RECEIVE_BYTES);
  if (setsockopt(fd, SOL_SOCKET, SO.receiveBufferForce, wanted, 4) < 0)
    setsockopt(fd, SOL_SOCKET, SO.receiveBuffer, wanted, 4);
  const promiscuous = Buffer.concat([i32(ifindex), u16(PACKET_MR_PROMISC), Buffer.alloc(10)]);
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous, promiscuous.length) < 0)
    throw new Error(`promiscuous mode: ${lastError().name}`);
  libc().stampOfLast(fd); // turns the stamps on
  const address = packetAddress(ETH_P_ALL, ifindex);
  if (bind(fd, address, address.length) < 0)
    throw new Error(`binding the capture: ${lastError().name}`);
  let offset = realtimeOffset();
  setInterval(() => {
    offset = realtimeOffset();
  }, OFFSET_MS);
  whenReadable(fd, () => onFrames(drain(fd, offset)));
  return () => statistics(fd);
}

function drain(fd: number, offset: number): { at: Instant; frame: Buffer }[] {
  const buffer = Buffer.alloc(SNAP_BYTES);
  const from = Buffer.alloc(20);
  const frames: { at: Instant; frame: Buffer }[] = [];
  for (;;) {
    const length = Number(libc().receiveFrom(fd, buffer, from));
    if (length < 0) return frames;
    if (from[10] === PACKET_OUTGOING) continue;
    frames.push({
      at: instant(libc().stampOfLast(fd) - offset),
      frame: Buffer.from(buffer.subarray(0, length)),
    });
  }
}

function statistics(fd: number): number {
  const counters = Buffer.alloc(8);
  if (libc().getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, counters, i32(counters.length)) < 0)
    return 0;
  return counters.readUInt32LE(4);
}
