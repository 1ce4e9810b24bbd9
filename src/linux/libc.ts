/** The C functions halab calls, bound once, with errors as values: a name (`EEXIST`) and a sentence. */
import { constants } from 'node:os';
import { type Koffi, loadKoffi } from './native.ts';

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  mkfifo(path: string, mode: number): number;
  /** Bytes that wait in a pipe. */
  unread(fd: number): number;
  flock(fd: number, operation: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  /** Without waiting; `address` gets the sender, 20 bytes. */
  receiveFrom(fd: number, bytes: Uint8Array, address: Uint8Array): number;
  /** Wall-clock microseconds at which the kernel saw the packet last received; asking turns stamps on. */
  stampOfLast(fd: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: Uint8Array,
  ): number;
  readonly close: {
    (fd: number): number;
    async(fd: number, done: (error: Error | null, result: number) => void): void;
  };
  readonly poll: {
    async(
      fds: Uint8Array,
      count: number,
      timeoutMs: number,
      done: (error: Error | null, ready: number) => void,
    ): void;
  };
  clockGettime(clock: number, spec: Uint8Array): number;
  /** Of one thread; 0 is the calling one. */
  schedSetscheduler(thread: number, policy: number, param: Uint8Array): number;
  schedSetaffinity(thread: number, length: number, mask: Uint8Array): number;
  mlockall(flags: number): number;
  munlockall(): number;
  /** `limit`: soft and hard, 8 bytes each; null asks. */
  prlimit(pid: number, kind: number, limit: Uint8Array | null, old: Uint8Array | null): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  capset(header: Uint8Array, data: Uint8Array): number;
  capget(header: Uint8Array, data: Uint8Array): number;
  /** 0: there is none of that name. */
  ifNameToIndex(name: string): number;
  /** Ends the process at once, without running anything: nothing is flushed, no handler runs. */
  exitNow(code: number): void;
}

export const AF_PACKET = 17;
export const SOCK = {
  stream: 1,
  datagram: 2,
  raw: 3,
  nonblock: 0o4000,
  cloexec: 0o2000000,
} as const;
export const SOL_SOCKET = 1;
export const SO = {
  error: 4,
  receiveBuffer: 8,
  peerCredentials: 17,
  bindToDevice: 25,
  attachFilter: 26,
  /** Beyond net.core.rmem_max: needs CAP_NET_ADMIN on the machine. */
  receiveBufferForce: 33,
  mark: 36,
} as const;
export const MSG_DONTWAIT = 0x40;
const SIOCGSTAMPNS = 0x8907;
const FIONREAD = 0x541b;

let bound: Libc | undefined;

export function libc(): Libc {
  bound ??= bind(loadKoffi());
  return bound;
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load('libc.so.6');
  const recvfrom = library.func(
    'int64_t recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ void *)',
  );
  const ioctl = library.func('int ioctl(int, unsigned long, _Out_ void *)');
  const stamp = Buffer.alloc(16);
  const count = Buffer.alloc(4);
  const addressLength = Buffer.alloc(4);
  return {
    receiveFrom: (fd, bytes, address) => {
      addressLength.writeInt32LE(address.length, 0);
      return Number(recvfrom(fd, bytes, bytes.length, MSG_DONTWAIT, address, addressLength));
    },
    stampOfLast: (fd) => {
      if (ioctl(fd, SIOCGSTAMPNS, stamp) < 0) return 0;
      return Number(stamp.readBigInt64LE(0)) * 1_000_000 + Number(stamp.readBigInt64LE(8)) / 1_000;
    },
    unread: (fd) => (ioctl(fd, FIONREAD, count) < 0 ? 0 : count.readInt32LE(0)),
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, void *, uint32_t)'),
    connect: library.func('int connect(int, void *, uint32_t)'),
    mkfifo: library.func('int mkfifo(const char *, unsigned int)'),
    flock: library.func('int flock(int, int)'),
    send: library.func('int64_t send(int, void *, size_t, int)'),
    sendto: library.func('int64_t sendto(int, void *, size_t, int, void *, uint32_t)'),
    recv: library.func('int64_t recv(int, _Out_ void *, size_t, int)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)'),
    close: library.func('int close(int)') as Libc['close'],
    poll: library.func('int poll(_Inout_ void *, uint64_t, int)') as Libc['poll'],
    clockGettime: library.func('int clock_gettime(int, _Out_ void *)'),
    schedSetscheduler: library.func('int sched_setscheduler(int, int, void *)'),
    schedSetaffinity: library.func('int sched_setaffinity(int, size_t, void *)'),
    mlockall: library.func('int mlockall(int)'),
    munlockall: library.func('int munlockall()'),
    prlimit: library.func('int prlimit64(int, int, void *, _Out_ void *)'),
    prctl: library.func(
      'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
    ),
    capset: library.func('int capset(void *, void *)'),
    capget: library.func('int capget(void *, _Out_ void *)'),
    ifNameToIndex: library.func('unsigned int if_nametoindex(const char *)'),
    exitNow: library.func('void _exit(int)'),
  };
}

/** The error of the last call that failed. */
export function lastError(): { readonly name: string; readonly number: number } {
  const number = loadKoffi().errno();
  return { name: errorName(number), number };
}

export function errorName(number: number): string {
  return (
    Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`
  );
}

/**
 * Closes a packet socket while the event loop goes on. The kernel waits in close() until no processor can still deliver
 * to it (synchronize_net): up to 100 ms on a busy machine, in which a router would send no adverts.
 */
export function closeAside(fd: number): void {
  libc().close.async(fd, () => {});
}

/** Waits without blocking the event loop until `fd` can be read; then calls `ready`, again and again. */
export function whenReadable(fd: number, ready: () => void): { close(): void } {
  const POLLIN = 1;
  const TIMEOUT_MS = 200; // a stopped watch must not hold a thread of the pool for long
  const fds = Buffer.alloc(8);
  let stopped = false;
  const wait = (): void => {
    if (stopped) return;
    fds.writeInt32LE(fd, 0);
    fds.writeInt16LE(POLLIN, 4);
    fds.writeInt16LE(0, 6);
    libc().poll.async(fds, 1, TIMEOUT_MS, (_error, count) => {
      if (stopped) return;
      if (count > 0) ready();
      wait();
    });
  };
  wait();
  return {
    close: () => {
      stopped = true;
      libc().close(fd);
    },
  };
}

/** Copies of what waits on `fd`, each at most as long as `buffer`. */
export function* datagrams(fd: number, buffer: Buffer): Generator<Buffer> {
  for (;;) {
    const length = Number(libc().recv(fd, buffer, buffer.length, MSG_DONTWAIT));
    if (length < 0) return;
    yield Buffer.from(buffer.subarray(0, length));
  }
}
