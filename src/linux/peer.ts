/** The user at the other end of a unix socket. */
import { i32 } from './bytes.ts';
import { libc } from './libc.ts';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** The user that connected, as the kernel has noted it (unix(7)); undefined: `fd` is no unix socket. */
export function peerUser(fd: number): number | undefined {
  const credentials = Buffer.alloc(12);
  const length = i32(credentials.length);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined;
  return credentials.readUInt32LE(4);
}
