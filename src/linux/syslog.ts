/** Datagrams to the system log's socket, as syslog(3) sends them; Node has no unix datagram sockets. */
import { libc, MSG_DONTWAIT, SOCK } from './libc.ts';

/** Severities of RFC 5424 that are used here. */
export const SEVERITY = { error: 3, info: 6, debug: 7 } as const;
/** Facilities of RFC 5424: 3 is daemon, 16 local0. */
export const DAEMON = 3;
export const LOCAL0 = 16;

const AF_UNIX = 1;
const MSG_NOSIGNAL = 0x4000;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Undefined: no log daemon listens at `path` [/dev/log]. It reconnects to a restarted daemon. */
export function openSyslog(facility: number, tag: string, path = '/dev/log') {
  let fd = connected(path);
  if (fd < 0) return undefined;
  return {
    write: (severity: number, text: string): void => {
      const line = Buffer.from(
        `<${facility * 8 + severity}>${stamp(new Date())} ${tag}[${process.pid}]: ${text}`,
      );
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      if (Number(libc().send(fd, line, line.length, flags)) >= 0) return;
      libc().close(fd);
      fd = connected(path);
      if (fd >= 0) libc().send(fd, line, line.length, flags);
    },
  };
}

function connected(path: string): number {
  const fd = libc().socket(AF_UNIX, SOCK.datagram | SOCK.cloexec, 0);
  if (fd < 0) return fd;
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2, 107, 'utf8');
  if (libc().connect(fd, address, address.length) === 0) return fd;
  libc().close(fd);
  return -1;
}

/** RFC 3164: `Nov  4 09:05:07`, local time. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${MONTHS[date.getMonth()]} ${day} ${time}`;
}
