import { describe, expect, it } from 'vitest';
import { Recurrences } from '../../../src/daemon/script/recurrences.ts';

describe('a recurring log line', () => {
  it('is logged at once per reason and sender, then counted', () => {
    const log = new Recurrences();
    const logged = ['a', 'b', 'a', 'a', 'b'].map((sender) => log.note('ttl', sender));
    expect([...logged, log.note('checksum', 'a')]).toEqual([true, true, false, false, false, true]);
    expect(log.summaries()).toEqual(['ttl: 3 more (a 2, b 1)']);
  });

  it('is logged once per period, and at once when it returns after a break', () => {
    const log = new Recurrences();
    for (let i = 0; i < 5; i++) log.note('ttl', 'a');
    expect(log.summaries()).toEqual(['ttl: 4 more (a 4)']);
    expect(log.note('ttl', 'a')).toBe(false);
    expect(log.summaries()).toEqual(['ttl: 1 more (a 1)']);
    expect(log.summaries()).toEqual([]);
    expect(log.isEmpty()).toBe(true);
    expect(log.note('ttl', 'a')).toBe(true);
  });

  it('of many senders or many reasons is counted together and never stops being logged', () => {
    const log = new Recurrences();
    let logged = 0;
    for (let i = 0; i < 30_000; i++) if (log.note('ttl', `10.0.${i >> 8}.${i & 255}`)) logged++;
    expect(logged).toBe(16);
    expect(log.summaries()).toEqual(['ttl: 29984 more (others 29984)']);
    for (let i = 0; i < 2_000; i++) log.note(`reason ${i}`, 'a');
    expect(log.summaries()).toEqual(['other reasons: 1743 more (a 1743)']);
    expect(log.note('ttl', '10.9.9.9')).toBe(true);
  });
});
