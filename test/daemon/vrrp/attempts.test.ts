import { describe, expect, it } from 'vitest';
import { Attempts } from '../../../src/daemon/vrrp/attempts.ts';
import { instant, seconds } from '../../../src/time.ts';

describe('a repeated attempt', () => {
  it('comes at once, then after 1, 2, 4 seconds and so on, at most a minute', () => {
    const attempts = new Attempts();
    let now = instant(5_000_000);
    expect(attempts.isDue('x', now)).toBe(true);
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      attempts.note('x', now);
      const next = attempts.dueAt('x', now);
      expect(attempts.isDue('x', instant(next - 1))).toBe(false);
      waits.push((next - now) / 1_000_000);
      now = next;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(attempts.isDue('y', now)).toBe(true);
  });

  it('starts again at once after it was reset, or after five minutes without a failure', () => {
    const attempts = new Attempts();
    for (const at of [0, 1, 3]) attempts.note('x', instant(seconds(at)));
    attempts.note('x', instant(seconds(304)));
    expect(attempts.dueAt('x', instant(seconds(304)))).toBe(seconds(305));
    attempts.forget('x');
    expect(attempts.isDue('x', instant(seconds(304)))).toBe(true);
  });
});
