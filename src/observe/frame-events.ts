/** The event of a captured frame: an advert, an announcement, a probe, a new connection; undefined: none of these. */
import { type Frame, parseFrame } from '../net/frame.ts';
import { judgePacket } from '../net/receive-checks.ts';
import type { Instant } from '../time.ts';
import type { EventOf, LabEvent } from './event.ts';
import type { MacOwners } from './mac-owners.ts';

export interface FrameContext {
  readonly segment: string;
  readonly at: Instant;
  readonly owners: MacOwners;
  readonly probePort: number;
  readonly probeMagic: string;
}

export function frameEvent(bytes: Uint8Array, context: FrameContext): LabEvent | undefined {
  const frame = parseFrame(bytes);
  switch (frame.kind) {
    case 'vrrp':
      return vrrpEvent(frame, context);
    case 'arp':
      if (frame.sender !== frame.target) return undefined;
      return announcement(frame, context, { address: frame.sender, mac: frame.senderMac });
    case 'neighbor-advertisement':
      if (frame.solicited || !frame.override) return undefined;
      return announcement(frame, context, { address: frame.target, mac: frame.mac });
    case 'udp':
      return probeEvent(frame, context);
    case 'tcp':
      return connectionEvent(frame, context);
    case 'other':
      return undefined;
  }
}

function base(
  frame: Frame,
  { at, owners, segment }: FrameContext,
): Pick<LabEvent, 'at' | 'source' | 'node'> {
  return { at, source: 'tap', node: owners.nodeOf(segment, frame.sourceMac) };
}

function announcement(
  frame: Frame,
  context: FrameContext,
  about: Pick<EventOf<'garp'>, 'address' | 'mac'>,
): LabEvent {
  return { kind: 'garp', ...base(frame, context), segment: context.segment, ...about };
}

function vrrpEvent(frame: Extract<Frame, { kind: 'vrrp' }>, context: FrameContext): LabEvent {
  const judged = judgePacket(frame);
  const { at, segment, owners } = context;
  const node = owners.ofAdvert(segment, frame.sourceMac, frame.source);
  const about = { at, source: 'tap', node, segment, sender: frame.source } as const;
  if (!judged.ok) return { kind: 'bad-advert', ...about, check: judged.check };
  const { version, family, vrid, priority, interval, addresses } = judged.advert;
  const advert = { version, family, vrid, priority, interval, addresses };
  return { kind: 'advert', ...about, mac: frame.sourceMac, ...advert };
}

/** `halab-probe NAME SEQUENCE`, and in a reply ` NODE`. */
function probeEvent(
  frame: Extract<Frame, { kind: 'udp' }>,
  context: FrameContext,
): LabEvent | undefined {
  const asks = frame.destinationPort === context.probePort;
  if (!asks && frame.sourcePort !== context.probePort) return undefined;
  const [magic, probe, sequence, node] = String.fromCharCode(
    ...frame.payload.subarray(0, 200),
  ).split(' ');
  if (magic !== context.probeMagic || probe === undefined || !/^\d{1,15}$/.test(sequence ?? ''))
    return undefined;
  const about = { at: context.at, source: 'tap', probe, sequence: Number(sequence) } as const;
  if (asks) return { kind: 'probe-request', ...about, ...base(frame, context) };
  return node === undefined ? undefined : { kind: 'probe-reply', ...about, node };
}

const SYN_ACK = 0x12;
const SYN = 0x02;

/** A SYN without ACK. */
function connectionEvent(
  frame: Extract<Frame, { kind: 'tcp' }>,
  { at, segment, owners }: FrameContext,
): LabEvent | undefined {
  if ((frame.flags & SYN_ACK) !== SYN) return undefined;
  const node = owners.nodeOf(segment, frame.destinationMac);
  const client = { client: frame.source, clientPort: frame.sourcePort };
  const server = { address: frame.destination, port: frame.destinationPort };
  return { kind: 'connection', at, source: 'tap', node, segment, ...client, ...server };
}
