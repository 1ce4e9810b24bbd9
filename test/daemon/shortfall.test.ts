import { expect, it } from 'vitest';
import type { Log } from '../../src/daemon/log.ts';
import { Shortfall } from '../../src/daemon/shortfall.ts';
import { instant } from '../../src/time.ts';

it('a missing address is logged when that begins, when its reason changes, and when it ends', () => {
  const told: string[] = [];
  const log: Log = {
    info: (text) => told.push(text),
    error: (text) => told.push(`error: ${text}`),
    detail: () => {},
  };
  const shortfall = new Shortfall(log);
  const one = (reason: string, since: number) => ({
    of: 'web',
    what: '10.0.0.1 on lan',
    reason,
    since: instant(since),
  });
  shortfall.failed('x', one('EACCES', 1));
  shortfall.failed('x', one('EACCES', 2));
  shortfall.failed('x', one('ENODEV', 3));
  expect(shortfall.list()).toEqual([one('ENODEV', 1)]);
  expect([shortfall.held('x'), shortfall.held('x'), shortfall.has('x')]).toEqual([
    true,
    false,
    false,
  ]);
  shortfall.failed('y', { ...one('EACCES', 4), of: undefined });
  shortfall.forget('y');
  expect(shortfall.list()).toEqual([]);
  expect(told).toEqual([
    'error: web: 10.0.0.1 on lan is not in place: EACCES; tried again now and then',
    'error: web: 10.0.0.1 on lan is not in place: ENODEV; tried again now and then',
    'web: 10.0.0.1 on lan is in place now',
    'error: 10.0.0.1 on lan is not in place: EACCES; tried again now and then',
  ]);
});
