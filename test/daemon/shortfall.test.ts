import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/daemon/log.ts';
import { Shortfall } from '../../src/daemon/shortfall.ts';
import { instant, seconds } from '../../src/time.ts';

const SILENT: Log = { info: () => {}, error: () => {}, detail: () => {} };

it('a missing address is logged when it begins, when its reason changes and when it ends', () => {
  const logged: string[] = [];
  const log: Log = {
    info: (text) => logged.push(text),
    error: (text) => logged.push(`error: ${text}`),
    detail: () => {},
  };
  const shortfall = new Shortfall(log);
  const missing = (reason: string, since: number) => ({
    of: 'web',
    what: '10.0.0.1 on lan',
    reason,
    since: instant(since),
  });
  shortfall.failed('x', missing('EACCES', 1));
  shortfall.failed('x', missing('EACCES', 2));
  shortfall.failed('x', missing('ENODEV', 3));
  expect(shortfall.list()).toEqual([missing('ENODEV', 1)]);
  expect([shortfall.held('x'), shortfall.held('x'), shortfall.has('x')]).toEqual([
    true,
    false,
    false,
  ]);
  shortfall.failed('y', { ...missing('EACCES', 4), of: undefined });
  shortfall.forget('y');
  expect(shortfall.list()).toEqual([]);
  expect(logged).toEqual([
    'error: web: 10.0.0.1 on lan is not in place: EACCES; tried again now and then',
    'error: web: 10.0.0.1 on lan is not in place: ENODEV; tried again now and then',
    'web: 10.0.0.1 on lan is in place now',
    'error: 10.0.0.1 on lan is not in place: EACCES; tried again now and then',
  ]);
});

describe('a repeated attempt', () => {
  it('comes at once, then after 1, 2, 4 seconds and so on, at most a minute', () => {
    const shortfall = new Shortfall(SILENT);
    let now = instant(5_000_000);
    expect(shortfall.isDue('x', now)).toBe(true);
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      shortfall.attempted('x', now);
      const next = shortfall.dueAt('x', now);
      expect(shortfall.isDue('x', instant(next - 1))).toBe(false);
      waits.push((next - now) / 1_000_000);
      now = next;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(shortfall.isDue('y', now)).toBe(true);
  });

  it('starts again at once after it was reset, or after five minutes without a failure', () => {
    const shortfall = new Shortfall(SILENT);
    for (const at of [0, 1, 3]) shortfall.attempted('x', instant(seconds(at)));
    shortfall.attempted('x', instant(seconds(304)));
    expect(shortfall.dueAt('x', instant(seconds(304)))).toBe(seconds(305));
    shortfall.forget('x');
    expect(shortfall.isDue('x', instant(seconds(304)))).toBe(true);
    shortfall.attempted('x', instant(seconds(304)));
    shortfall.hurry('x');
    expect(shortfall.isDue('x', instant(seconds(304)))).toBe(true);
  });
});
