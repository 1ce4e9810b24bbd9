/** ARP replies and Neighbor Advertisements from any interface; the kernel queues them until they are read. */
import { closeAside, lastError, libc } from './libc.ts';
import { assemble, filterOf, type Instruction } from './packet-filter.ts';
import { AF_PACKET, packetAddress } from './packet-socket.ts';

export interface AnswerSocket {
  /** Whole frames that have come since the last call. */
  read(): Buffer[];
  close(): void;
}

const SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0o2000000 | 0o4000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SNAP_BYTES = 256;
const MSG_DONTWAIT = 0x40;
/** Upper limit of frames per read, for storms. */
const MOST = 4_096;

type Program = readonly Instruction[];
const ARP = {
  protocol: 0x0806,
  program: [
    [0x28, 0, 0, 20], // operation
    [0x15, 0, 1, 2], // reply
    [0x06, 0, 0, SNAP_BYTES],
    [0x06, 0, 0, 0],
  ] satisfies Program,
};
const ADVERTISEMENT = {
  protocol: 0x86dd,
  program: [
    [0x30, 0, 0, 20], // next header
    [0x15, 0, 3, 58],
    [0x30, 0, 0, 54], // ICMPv6 type
    [0x15, 0, 1, 136],
    [0x06, 0, 0, SNAP_BYTES],
    [0x06, 0, 0, 0],
  ] satisfies Program,
};

/** Throws without CAP_NET_RAW. */
export function openAnswers(): AnswerSocket {
  const sockets = [open(ARP), open(ADVERTISEMENT)];
  const buffer = Buffer.alloc(SNAP_BYTES);
  return {
    read: () =>
      sockets.flatMap((fd) => {
        const frames: Buffer[] = [];
        while (frames.length < MOST) {
          const length = Number(libc().recv(fd, buffer, buffer.length, MSG_DONTWAIT));
          if (length < 0) break;
          frames.push(Buffer.from(buffer.subarray(0, length)));
        }
        return frames;
      }),
    close: () => {
      for (const fd of sockets) closeAside(fd);
    },
  };
}

function open({ protocol, program }: { protocol: number; program: Program }): number {
  const fd = libc().socket(AF_PACKET, SOCK_RAW_CLOEXEC_NONBLOCK, 0);
  if (fd < 0) throw new Error(`no packet socket: ${lastError().name}`);
  const code = assemble(program);
  const filter = filterOf(code);
  const address = packetAddress(protocol);
  const done =
    libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, filter.length) === 0 &&
    libc().bind(fd, address, address.length) === 0;
  if (done) return fd;
  const { name } = lastError();
  libc().close(fd);
  throw new Error(`no socket for answers: ${name}`);
}
