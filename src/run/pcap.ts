/** A packet capture file with nanosecond stamps (pcap, LINKTYPE_ETHERNET), for Wireshark and tcpdump. */
import type { FrameBytes } from '../lab/lab.ts';
import type { Instant } from '../time.ts';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;

export interface CapturedFrame {
  readonly at: Instant;
  readonly frame: FrameBytes;
}

/** `epoch`: wall-clock microseconds of the monotonic zero, so that the stamps are dates. */
export function pcapFile(frames: readonly CapturedFrame[], epoch: number): Uint8Array {
  const sorted = [...frames]
    .sort((a, b) => a.at - b.at)
    .map(({ at, frame }) => ({ at, frame: typeof frame === 'function' ? frame() : frame }));
  const size = sorted.reduce((sum, { frame }) => sum + 16 + frame.length, 24);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  let offset = 24;
  for (const { at, frame } of sorted) {
    const stamp = at + epoch;
    view.setUint32(offset, Math.floor(stamp / 1_000_000), true);
    view.setUint32(offset + 4, Math.floor(stamp % 1_000_000) * 1_000, true);
    view.setUint32(offset + 8, frame.length, true);
    view.setUint32(offset + 12, frame.length, true);
    bytes.set(frame, offset + 16);
    offset += 16 + frame.length;
  }
  return bytes;
}
