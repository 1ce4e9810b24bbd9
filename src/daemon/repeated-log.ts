/**
 * A log for messages that may come thousands of times a second. They must not fill the log or the memory: the first of
 * each subject (a sender) in a topic (a reason) is logged at once; the others are counted and summarised once a period.
 * A subject that is silent for a whole period is forgotten, so that it is logged at once when it comes back.
 */
import type { Log } from './log.ts';

interface Topic {
  /** Recurrences of each since the last summary. */
  readonly subjects: Map<string, number>;
  /** Recurrences beyond `MOST_SUBJECTS`. */
  others: number;
}

const PERIOD_MS = 60_000;
/** Bounds against forged senders: further subjects and topics are counted together. */
const MOST_SUBJECTS = 16;
const MOST_TOPICS = 256;
const REST = 'other reasons';

export class RepeatedLog {
  private readonly write: (text: string) => void;
  private readonly topics = new Map<string, Topic>();
  private timer: NodeJS.Timeout | undefined;

  constructor(log: Log, level: 'info' | 'error') {
    this.write = (text) => log[level](text);
  }

  /** Logs `text` if it is the first of its subject; answers whether it is. */
  report(topic: string, subject: string, text: string): boolean {
    this.timer ??= setInterval(() => this.summarise(), PERIOD_MS).unref();
    const key = this.topics.has(topic) || this.topics.size < MOST_TOPICS ? topic : REST;
    const known = this.topics.get(key) ?? { subjects: new Map<string, number>(), others: 0 };
    this.topics.set(key, known);
    const count = known.subjects.get(subject);
    if (count === undefined && known.subjects.size >= MOST_SUBJECTS) {
      known.others++;
      return false;
    }
    known.subjects.set(subject, count === undefined ? 0 : count + 1);
    if (count === undefined) this.write(text);
    return count === undefined;
  }

  close(): void {
    this.summarise();
    clearInterval(this.timer);
  }

  /** One line for each topic with recurrences that were not logged. */
  private summarise(): void {
    for (const [topic, known] of this.topics) {
      const again = [...known.subjects].filter(([, count]) => count > 0);
      const total = again.reduce((sum, [, count]) => sum + count, known.others);
      const parts = again.map(([subject, count]) => `${subject} ${count}`);
      if (known.others > 0) parts.push(`others ${known.others}`);
      if (total > 0) this.write(`${topic}: ${total} more (${parts.join(', ')})`);
      for (const [subject, count] of known.subjects)
        if (count > 0) known.subjects.set(subject, 0);
        else known.subjects.delete(subject);
      known.others = 0;
      if (known.subjects.size === 0) this.topics.delete(topic);
    }
    if (this.topics.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
