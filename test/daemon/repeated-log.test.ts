import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RepeatedLog } from '../../src/daemon/repeated-log.ts';

const PERIOD_MS = 60_000;

/** A log and the lines that it wrote since the last look. */
function open() {
  let lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const log = new RepeatedLog({ info: write, error: write, detail: write }, 'info');
  const taken = (): string[] => {
    const before = lines;
    lines = [];
    return before;
  };
  const note = (topic: string, subject: string): boolean => log.report(topic, subject, subject);
  return { note, taken, log };
}

describe('a recurring log line', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is logged at once per reason and sender, then counted', () => {
    const { note, taken, log } = open();
    const logged = ['a', 'b', 'a', 'a', 'b'].map((sender) => note('ttl', sender));
    expect([...logged, note('checksum', 'a')]).toEqual([true, true, false, false, false, true]);
    expect(taken()).toEqual(['a', 'b', 'a']);
    log.close();
    expect(taken()).toEqual(['ttl: 3 more (a 2, b 1)']);
  });

  it('is logged once per period, and at once when it returns after a break', () => {
    const { note, taken } = open();
    for (let i = 0; i < 5; i++) note('ttl', 'a');
    vi.advanceTimersByTime(PERIOD_MS);
    expect(taken()).toEqual(['a', 'ttl: 4 more (a 4)']);
    expect(note('ttl', 'a')).toBe(false);
    vi.advanceTimersByTime(PERIOD_MS);
    expect(taken()).toEqual(['ttl: 1 more (a 1)']);
    vi.advanceTimersByTime(PERIOD_MS);
    expect(taken()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(note('ttl', 'a')).toBe(true);
  });

  it('of many senders or many reasons is counted together and never stops being logged', () => {
    const { note, taken } = open();
    let logged = 0;
    for (let i = 0; i < 30_000; i++) if (note('ttl', `10.0.${i >> 8}.${i & 255}`)) logged++;
    expect(logged).toBe(16);
    taken();
    vi.advanceTimersByTime(PERIOD_MS);
    expect(taken()).toEqual(['ttl: 29984 more (others 29984)']);
    for (let i = 0; i < 2_000; i++) note(`reason ${i}`, 'a');
    taken();
    vi.advanceTimersByTime(PERIOD_MS);
    expect(taken()).toEqual(['other reasons: 1743 more (a 1743)']);
    expect(note('ttl', '10.9.9.9')).toBe(true);
  });
});
