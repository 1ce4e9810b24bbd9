import { describe, expect, it } from 'vitest';
import { LEGAL } from '../../support/elections.ts';

/** Long enough for every quiet interval to end, and no silence of the last Active. */
const ENDS: Readonly<Record<string, number>> = {
  calm: 20_000,
  crash: 25_000,
  stop: 25_000,
  linkDown: 40_000,
  merge: 40_000,
  owners: 20_000,
  pause: 40_000,
};

describe('a correct election', () => {
  it.each(Object.entries(LEGAL))('%s: violates no invariant', (name, make) => {
    expect(make().judge(ENDS[name] ?? 30_000)).toEqual([]);
  });
});
