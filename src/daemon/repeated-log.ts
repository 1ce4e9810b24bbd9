/** A log for messages that may come thousands of times a second: `Recurrences` with a clock. */
import type { Log } from './log.ts';
import { Recurrences } from './script/recurrences.ts';

const PERIOD_MS = 60_000;

export class RepeatedLog {
  private readonly write: (text: string) => void;
  private readonly recurrences = new Recurrences();
  private timer: NodeJS.Timeout | undefined;

  constructor(log: Log, level: 'info' | 'error') {
    this.write = (text) => log[level](text);
  }

  /** Logs `text` if it is the first of its subject; answers whether it is. */
  report(topic: string, subject: string, text: string): boolean {
    const first = this.recurrences.note(topic, subject);
    if (first) this.write(text);
    this.timer ??= setInterval(() => this.summarise(), PERIOD_MS).unref();
    return first;
  }

  close(): void {
    this.summarise();
    clearInterval(this.timer);
  }

  private summarise(): void {
    for (const line of this.recurrences.summaries()) this.write(line);
    if (!this.recurrences.isEmpty()) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
