/**
 * A notify FIFO. A reader that stalls or ends blocks nothing and loses no event silently: lines that do not fit into
 * the pipe wait here, in order and up to a bound, for the next reader. The log says when the FIFO has no reader, when
 * it is read again, and how many lines were lost.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { unreadBytes } from '../../linux/descriptors.ts';
import type { Log } from '../log.ts';
import { openFifo } from '../plain-file.ts';

const MODE = 0o600;
/** Lines beside the 64 KiB of the pipe; beyond that the oldest are dropped, for the newest describe the present. */
const MOST_WAITING = 1_000;
const LOOK_MS = 1_000;
/** Looks without a read until the FIFO counts as unread: a script may work on one event for a while. */
const LOOKS_UNTIL_SILENT = 10;

export class EventFifo {
  private readonly path: string;
  private readonly fd: number;
  private readonly log: Log;
  /** Unread lines, oldest first; the first `inPipe` of them are in the kernel's pipe. */
  private readonly unread: string[] = [];
  private inPipe = 0;
  private lost = 0;
  /** Looks in a row without a read. */
  private idleLooks = 0;
  private watch: NodeJS.Timeout | undefined;

  private constructor(path: string, fd: number, log: Log) {
    this.path = path;
    this.fd = fd;
    this.log = log;
  }

  /** Undefined, and logged, if `path` cannot be a FIFO. */
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

  /** Writes as many lines as the pipe takes, each whole or not at all. */
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

  /** Forgets the lines that have been read. Whether there were any. */
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

/** Only after this process has closed the FIFO. */
function hasReader(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
