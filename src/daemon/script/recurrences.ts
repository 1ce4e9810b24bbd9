/**
 * Keeps recurring messages from filling the log or the memory: the first of each subject (a sender) in a topic (a
 * reason) is logged at once; the others are counted and summarised once a period. A subject that is silent for a whole
 * period is forgotten, so that it is logged at once when it comes back.
 */
interface Topic {
  /** Recurrences of each since the last summary. */
  readonly subjects: Map<string, number>;
  /** Recurrences beyond `MOST_SUBJECTS`. */
  others: number;
}

/** Bounds against forged senders: further subjects and topics are counted together. */
const MOST_SUBJECTS = 16;
const MOST_TOPICS = 256;
const REST = 'other reasons';

export class Recurrences {
  private readonly topics = new Map<string, Topic>();

  /** Counts a recurrence. Whether it is to be logged now. */
  note(topic: string, subject: string): boolean {
    const key = this.topics.has(topic) || this.topics.size < MOST_TOPICS ? topic : REST;
    const known = this.topics.get(key) ?? { subjects: new Map(), others: 0 };
    this.topics.set(key, known);
    const count = known.subjects.get(subject);
    if (count === undefined && known.subjects.size >= MOST_SUBJECTS) {
      known.others++;
      return false;
    }
    known.subjects.set(subject, count === undefined ? 0 : count + 1);
    return count === undefined;
  }

  /** At the end of a period: one line for each topic with recurrences that were not logged. */
  summaries(): string[] {
    const lines: string[] = [];
    for (const [topic, known] of this.topics) {
      const again = [...known.subjects].filter(([, count]) => count > 0);
      const total = again.reduce((sum, [, count]) => sum + count, known.others);
      const parts = again.map(([subject, count]) => `${subject} ${count}`);
      if (known.others > 0) parts.push(`others ${known.others}`);
      if (total > 0) lines.push(`${topic}: ${total} more (${parts.join(', ')})`);
      for (const [subject, count] of known.subjects)
        if (count > 0) known.subjects.set(subject, 0);
        else known.subjects.delete(subject);
      known.others = 0;
      if (known.subjects.size === 0) this.topics.delete(topic);
    }
    return lines;
  }

  isEmpty(): boolean {
    return this.topics.size === 0;
  }
}
