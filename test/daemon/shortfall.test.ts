import { expect, it } from 'vitest';
import type { Log } from '../../src/daemon/log.ts';
import { Shortfall } from '../../src/daemon/shortfall.ts';
import { instant } from '../../src/time.ts';

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
