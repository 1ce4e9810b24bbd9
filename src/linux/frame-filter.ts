/**
 * Drops frames at an interface of this machine: a classic BPF program at its clsact hooks, which come behind
 * the taps (AF_PACKET) on the way in and before them on the way out. The kernel removes it with the
 * interface, so none is left behind.
 */
import { cString, i32, u16, u32 } from './bytes.ts';
import { attribute, FLAG, MESSAGE } from './netlink.ts';
import { type NetlinkOutcome, NetlinkSocket } from './netlink-socket.ts';
import { assemble, type Instruction } from './packet-filter.ts';

export type FrameHook = 'ingress' | 'egress';

export type FrameFilter = ReturnType<typeof openFrameFilter>;

/** TC_ACT_SHOT; TC_ACT_UNSPEC: the next filter decides. */
export const DROP = 2;
export const PASS = 0xffff_ffff;

const CLSACT = 0xffff_fff1;
const PARENT: Readonly<Record<FrameHook, number>> = { ingress: 0xffff_fff2, egress: 0xffff_fff3 };
const CLSACT_HANDLE = 0xffff_0000;
/** Priority 1, every protocol (ETH_P_ALL in network order). */
const FIRST_OF_ALL = (1 << 16) | 0x0300;
const TCA = { kind: 1, options: 2 } as const;
const TCA_BPF = { opsLength: 4, ops: 5, flags: 8 } as const;
const ACT_DIRECT = 1;

export function openFrameFilter() {
  const socket = new NetlinkSocket();
  const create = (type: number, payload: Buffer): NetlinkOutcome => {
    const { outcome } = socket.request(type, FLAG.ack | FLAG.create | FLAG.exclusive, payload);
    return outcome === 'EEXIST' ? 'done' : outcome;
  };
  return {
    /** `program` returns `DROP` or `PASS`. Adding it twice has no effect. */
    add: (ifindex: number, hook: FrameHook, program: readonly Instruction[]): NetlinkOutcome => {
      const hooks = create(MESSAGE.newQdisc, clsactPayload(ifindex));
      return hooks === 'done'
        ? create(MESSAGE.newFilter, filterPayload(ifindex, hook, program))
        : hooks;
    },
  };
}

function clsactPayload(ifindex: number): Buffer {
  return Buffer.concat([
    header(ifindex, CLSACT_HANDLE, CLSACT, 0),
    attribute(TCA.kind, cString('clsact')),
  ]);
}

function filterPayload(ifindex: number, hook: FrameHook, program: readonly Instruction[]): Buffer {
  const options = [
    attribute(TCA_BPF.opsLength, u16(program.length)),
    attribute(TCA_BPF.ops, assemble(program)),
    attribute(TCA_BPF.flags, u32(ACT_DIRECT)),
  ];
  return Buffer.concat([
    header(ifindex, 1, PARENT[hook], FIRST_OF_ALL),
    attribute(TCA.kind, cString('bpf')),
    attribute(TCA.options, Buffer.concat(options)),
  ]);
}

/** struct tcmsg. */
function header(ifindex: number, handle: number, parent: number, info: number): Buffer {
  return Buffer.concat([u32(0), i32(ifindex), u32(handle), u32(parent), u32(info)]);
}
