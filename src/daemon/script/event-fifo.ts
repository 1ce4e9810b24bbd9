/**
 * One notify FIFO. A reader that stalls or is gone holds nothing up and costs no event in silence: what
 * does not fit into the pipe waits here, in order and bounded, for the next reader, and the log tells
 * when nobody reads, when somebody reads again, and what was lost.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { unreadBytes } from '../../linux/files.ts';
import type { Log } from '../log.ts';
import { openFifo } from '../plain-file.ts';

const MODE = 0o600;
/** Beside the 64 KiB of the pipe; then the oldest go: the newest say what is. */
const MOST_WAITING = 1_000;
const LOOK_MS = 1_000;
/** A script may work on an event for a while before it reads the next one. */
const LOOKS_UNTIL_SILENT = 10;

export class EventFifo {
  private readonly path: string;
  private readonly fd: number;
  private readonly log: Log;
  /** Lines nobody has read yet, oldest first; the first `inPipe` of them are with the kernel. */
  private readonly unread: string[] = [];
  private inPipe = 0;
  private lost = 0;
  /** Looks in a row at which nothing had been read. */
  private idleLooks = 0;
  private watch: NodeJS.Timeout | undefined;

  private constructor(path: string, fd: number, log: Log) {
    this.path = path;
    this.fd = fd;
    this.log = log;
  }

  /** Undefined, and logged, if there can be no FIFO at `path`. */
  static open(path: string, log: Log): EventFifo | undefined {
    const fd = openFifo(path, MODE);
    if (typeof fd === 'number') return new EventFifo(path, fd, log);
    log.error(`notify FIFO ${path}: ${fd}`);
    return undefined;
  }

  write(line: string): void {
    this.unread.push(line);
    this.fill();
    this.watch ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.watch);
    this.forgetRead();
    closeSync(this.fd);
    if (this.unread.length > 0 && !hasReader(this.path))
      this.log.error(`nobody reads ${this.path} (lost: ${this.count()})`);
  }

  /** As much as the pipe takes; a line goes whole or not at all. */
  private fill(): void {
    for (let next = this.unread[this.inPipe]; next !== undefined; next = this.unread[this.inPipe]) {
      try {
        writeSync(this.fd, next);
      } catch {
        break;
      }
      this.inPipe++;
    }
    if (this.unread.length - this.inPipe <= MOST_WAITING) return;
    this.unread.splice(this.inPipe, 1);
    if (this.lost++ === 0)
      this.log.error(`nobody reads ${this.path} (the oldest lines that wait are lost from now on)`);
  }

  private look(): void {
    const waited = this.count();
    const silent = this.idleLooks >= LOOKS_UNTIL_SILENT;
    const read = this.forgetRead();
    this.fill();
    this.idleLooks = read ? 0 : this.idleLooks + 1;
    if (read && (silent || this.lost > 0)) {
      this.log.info(`${this.path} is read again (waited: ${waited}, lost: ${this.lost})`);
      this.lost = 0;
    } else if (this.idleLooks === LOOKS_UNTIL_SILENT)
      this.log.error(`nobody reads ${this.path} (waiting: ${waited})`);
    if (this.unread.length > 0) return;
    clearInterval(this.watch);
    this.watch = undefined;
    this.idleLooks = 0;
  }

  /** Whether any line has been read since it was last asked. */
  private forgetRead(): boolean {
    const bytes = unreadBytes(this.fd);
    let kept = 0;
    for (let seen = 0; kept < this.inPipe && seen < bytes; kept++)
      seen += Buffer.byteLength(this.unread[this.inPipe - kept - 1] ?? '');
    const read = this.inPipe - kept;
    this.unread.splice(0, read);
    this.inPipe = kept;
    return read > 0;
  }

  private count(): string {
    const { length } = this.unread;
    return `${length} ${length === 1 ? 'line' : 'lines'}`;
  }
}

/** Once this process has closed it. */
function hasReader(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
