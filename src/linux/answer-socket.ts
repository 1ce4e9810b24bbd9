/** ARP replies and Neighbor Advertisements from any interface; the kernel queues them until they are read. */
import { AF_PACKET, closeAside, datagrams, lastError, libc, SO, SOCK, SOL_SOCKET } from './libc.ts';
import { assemble, filterOf, type Instruction } from './packet-filter.ts';
import { packetAddress } from './packet-socket.ts';

export type AnswerSocket = ReturnType<typeof openAnswers>;

const SNAP_BYTES = 256;
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
export function openAnswers() {
  const sockets = [open(ARP), open(ADVERTISEMENT)];
  const buffer = Buffer.alloc(SNAP_BYTES);
  return {
    /** Whole frames that have come since the last call. */
    read: (): Buffer[] =>
      sockets.flatMap((fd) => {
        const frames: Buffer[] = [];
        for (const frame of datagrams(fd, buffer)) if (frames.push(frame) === MOST) break;
        return frames;
      }),
    close: () => {
      for (const fd of sockets) closeAside(fd);
    },
  };
}

function open({ protocol, program }: { protocol: number; program: Program }): number {
  const fd = libc().socket(AF_PACKET, SOCK.raw | SOCK.cloexec | SOCK.nonblock, 0);
  if (fd < 0) throw new Error(`no packet socket: ${lastError().name}`);
  const code = assemble(program);
  const filter = filterOf(code);
  const address = packetAddress(protocol);
  const done =
    libc().setsockopt(fd, SOL_SOCKET, SO.attachFilter, filter, filter.length) === 0 &&
    libc().bind(fd, address, address.length) === 0;
  if (done) return fd;
  const { name } = lastError();
  libc().close(fd);
  throw new Error(`no socket for answers: ${name}`);
}
