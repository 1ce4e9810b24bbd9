/** TCP connections with a firewall mark or bound to an interface, which Node's sockets cannot set. */
import { family, type IpAddress, ipToBytes } from '../net/address.ts';
import { cString, i32, u32 } from './bytes.ts';
import { errorName, lastError, libc, SO, SOCK, SOL_SOCKET } from './libc.ts';
import { AF } from './netlink.ts';

export interface MarkedTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly bindAddress: IpAddress | undefined;
  readonly bindInterface: string | undefined;
  readonly bindPort: number;
  readonly mark: number;
}

const POLLOUT = 4;
/** The longest time that a cancelled connection holds a thread of the pool. */
const POLL_MS = 100;

/** Calls back once with the connected descriptor or the name of an error, unless the function that it answers with stops it. */
export function connectMarked(
  target: MarkedTarget,
  done: (result: number | string) => void,
): () => void {
  let stopped = false;
  const type = SOCK.stream | SOCK.nonblock | SOCK.cloexec;
  const fd = libc().socket(AF[family(target.address)], type, 0);
  const finish = (result: number | string): void => {
    if (fd >= 0 && (typeof result === 'string' || stopped)) libc().close(fd);
    if (!stopped) done(result);
  };
  const problem = fd < 0 ? lastError().name : begin(fd, target);
  if (problem === undefined) wait(fd, () => stopped, finish);
  else setImmediate(() => finish(problem));
  return () => {
    stopped = true;
  };
}

/** undefined: the connection is in progress. */
function begin(fd: number, target: MarkedTarget): string | undefined {
  const { address, port, bindAddress, bindInterface, bindPort, mark } = target;
  const unplaced = placeSocket(fd, mark, bindInterface);
  if (unplaced !== undefined) return unplaced;
  const which = family(address);
  const scope = bindInterface === undefined ? 0 : libc().ifNameToIndex(bindInterface);
  if (bindAddress !== undefined || bindPort !== 0) {
    const any = (which === 4 ? '0.0.0.0' : '::') as IpAddress;
    const local = socketAddress(bindAddress ?? any, bindPort, scope);
    if (libc().bind(fd, local, local.length) < 0) return lastError().name;
  }
  const remote = socketAddress(address, port, scope);
  if (libc().connect(fd, remote, remote.length) === 0) return undefined;
  const { name } = lastError();
  return name === 'EINPROGRESS' ? undefined : name;
}

function wait(fd: number, stopped: () => boolean, finish: (result: number | string) => void): void {
  const fds = Buffer.alloc(8);
  fds.writeInt32LE(fd, 0);
  fds.writeInt16LE(POLLOUT, 4);
  libc().poll.async(fds, 1, POLL_MS, (_error, count) => {
    if (stopped()) finish('ECANCELED');
    else if (count === 0) wait(fd, stopped, finish);
    else {
      const error = pendingError(fd);
      finish(error === 0 ? fd : errorName(error));
    }
  });
}

function pendingError(fd: number): number {
  const value = Buffer.alloc(4);
  libc().getsockopt(fd, SOL_SOCKET, SO.error, value, i32(4));
  return value.readInt32LE(0);
}

/** Sets the mark (0: none) and the interface of a socket. The name of the error, or undefined. */
export function placeSocket(fd: number, mark: number, on: string | undefined): string | undefined {
  const done =
    (mark === 0 || setOption(fd, SO.mark, u32(mark))) &&
    (on === undefined || setOption(fd, SO.bindToDevice, cString(on)));
  return done ? undefined : lastError().name;
}

function setOption(fd: number, option: number, value: Buffer): boolean {
  return libc().setsockopt(fd, SOL_SOCKET, option, value, value.length) === 0;
}

/** struct sockaddr_in or sockaddr_in6. */
export function socketAddress(address: IpAddress, port: number, scope = 0): Buffer {
  const which = family(address);
  const bytes = Buffer.alloc(which === 4 ? 16 : 28);
  bytes.writeUInt16LE(AF[which], 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(ipToBytes(address), which === 4 ? 4 : 8);
  if (which === 6) bytes.writeUInt32LE(scope, 24);
  return bytes;
}
