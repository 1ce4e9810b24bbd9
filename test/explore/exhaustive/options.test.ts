import { describe, expect, it } from 'vitest';
import { HalabError } from '../../../src/errors.ts';
import { type CheckFlags, specOf } from '../../../src/explore/exhaustive/options.ts';
import { milliseconds } from '../../../src/time.ts';

const FLAGS: CheckFlags = {
  profile: 'rfc9568',
  routers: 3,
  ticks: undefined,
  priorities: undefined,
  intervals: undefined,
  nopreempt: [],
  delay: { least: 1, most: 1 },
  budgets: { losses: 2, crashes: 2, stops: 0, restarts: 2, jitter: 0 },
};

function refusal(flags: Partial<CheckFlags>): string {
  try {
    specOf({ ...FLAGS, ...flags });
  } catch (error) {
    if (error instanceof HalabError) return `${error.exitCode} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'accepted';
}

describe('the options of halab check', () => {
  it.each([
    [2, [192, 128]],
    [3, [192, 128, 64]],
    [5, [224, 192, 160, 128, 96]],
  ])('space %i routers evenly', (routers, priorities) => {
    const spec = specOf({ ...FLAGS, routers });
    expect(spec.routers.map(({ priority }) => priority)).toEqual(priorities);
    expect(spec.routers[0]?.interval).toBe(routers <= 3 ? 4 : 8);
  });

  it('accept intervals in ticks and as durations', () => {
    const { routers, tick } = specOf({ ...FLAGS, intervals: ['4', '5s', '20'], nopreempt: [2] });
    expect(tick).toBe(milliseconds(250));
    expect(routers.map(({ interval }) => interval)).toEqual([4, 20, 20]);
    expect(routers.map(({ preempt }) => preempt)).toEqual([true, false, true]);
  });

  it.each<[Partial<CheckFlags>, RegExp]>([
    [{ priorities: [100, 50, 1] }, /^2 priority 100 .* 2\.44 ticks.*; use multiples of/],
    [{ priorities: [192, 128] }, /^2 --priorities names 2 values for 3 routers; give one for each/],
    [{ priorities: [255, 255, 64] }, /^2 rfc9568: only one router owns the addresses/],
    [{ intervals: ['1s', '1s', '300ms'] }, /^2 an interval of 300ms is 1\.20 ticks of 250 ms/],
    [{ intervals: ['1s', 'soon', '1s'] }, /^2 "soon" is no interval; write ticks \(4\) or/],
    [{ intervals: ['4', '4', '0'] }, /^2 "0" is no interval/],
    [{ intervals: ['4', '4', '200'] }, /^2 rfc9568 cannot announce an interval of 50 s/],
    [{ profile: 'rfc3768', intervals: ['4', '4', '6'] }, /^2 rfc3768 cannot announce .* whole sec/],
    [{ ticks: 7 }, /^2 a second has no 7 ticks of whole microseconds/],
    [{ nopreempt: [4] }, /^2 there is no router 4 to take --nopreempt; they are 1 to 3/],
    [{ delay: { least: 1, most: 5 } }, /^2 with 3 routers an advert may take at most 4 ticks/],
    [{ budgets: { ...FLAGS.budgets, jitter: 5 } }, /^2 timers may be at most an interval late/],
  ])('refuse impossible values with a remedy: %j', (flags, message) => {
    expect(refusal(flags)).toMatch(message);
  });
});
