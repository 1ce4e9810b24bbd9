/** Writes without blocking or throwing: a reader that has gone is ignored, the error of a full device is kept. */
import { write } from 'node:fs';

/** A non-blocking pipe that is full is tried again after this long. */
const RETRY_MS = 5;
/** Errors of a reader that has gone: a closed pipe, or a terminal that hung up. */
const GONE = ['EPIPE', 'EIO', 'ECONNRESET'];

export class FdWriter {
  /** Why output is lost, unless its reader has gone. */
  problem: NodeJS.ErrnoException | undefined;
  private gone = false;
  private readonly fd: number;
  private waiting: Buffer[] = [];
  private writing = false;
  private idle: (() => void)[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  write(text: string): void {
    if (this.gone) return;
    this.waiting.push(Buffer.from(text));
    if (!this.writing) this.next();
  }

  /** Resolves when everything was written or has failed. */
  async drained(): Promise<void> {
    if (!this.writing) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private next(): void {
    this.writing = this.waiting.length > 0;
    if (this.writing) this.send(Buffer.concat(this.waiting.splice(0)));
    else for (const done of this.idle.splice(0)) done();
  }

  private send(bytes: Buffer): void {
    write(this.fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.send(bytes), RETRY_MS);
      else if (error !== null) this.fail(error);
      else if (count < bytes.length) this.send(bytes.subarray(count));
      else this.next();
    });
  }

  private fail(error: NodeJS.ErrnoException): void {
    this.gone = true;
    if (!GONE.includes(error.code ?? '')) this.problem = error;
    this.waiting = [];
    this.next();
  }
}
