import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowanceOf, type Bound, evaluateBound, parseBound } from '../../src/assert/bound.ts';
import { micros, milliseconds } from '../../src/time.ts';

const TIMES = { mdi: micros(3_609_375), skew: micros(609_375), advert: micros(1_000_000) };

function value(text: string): number {
  const bound = parseBound(text);
  if (typeof bound === 'string') throw new Error(bound);
  return evaluateBound(bound, TIMES);
}

describe('a bound', () => {
  it.each([
    ['20ms', 20_000],
    ['mdi', 3_609_375],
    ['mdi + 50ms', 3_659_375],
    ['mdi - advert', 2_609_375],
    ['3 x advert + skew', 3_609_375],
    ['advert x 3 + skew - 1ms', 3_608_375],
    ['mdi+5ms', 3_614_375],
    ['0.5 x skew', 304_688],
  ])('%s is %i us', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    ['', 'the bound is empty'],
    ['5', 'a duration needs a unit: 5s or 5ms?'],
    ['mdi 50ms', 'expected + or - in "mdi 50ms", got "50ms"'],
    ['mdi +', 'the bound ends where a time should follow'],
    ['mdi x skew', 'two times cannot be multiplied'],
    ['+ mdi', 'expected a time, got "+"'],
  ])('refuses %j', (text, problem) => {
    expect(parseBound(text)).toBe(problem);
  });

  it('lists the known names when it meets an unknown one', () => {
    expect(parseBound('mdo + 5ms')).toContain(
      'a bound is made of durations with units, mdi, skew, advert',
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bound: Bound | string = parseBound(text);
        expect(typeof bound === 'string' || bound.text === text).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('adds and multiplies by the rules of arithmetic', () => {
    const duration = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(duration, duration, fc.integer({ min: 1, max: 9 }), (a, b, factor) => {
        expect(value(`${factor} x ${a}ms + ${b}ms`)).toBe(milliseconds(factor * a + b));
      }),
    );
  });
});

it.each([
  ['mdi + 5ms', 5_000],
  ['400ms', 400_000],
  ['3 x advert + skew + 20ms', 20_000],
  // Without an allowance the times of the protocol are the part that may be late.
  ['mdi', 361_000],
  ['2 x advert', 200_000],
  ['mdi - 10ms', 351_000],
])('%s allows a machine to be late within %i us', (text, allowance) => {
  const bound = parseBound(text);
  if (typeof bound === 'string') throw new Error(bound);
  const times = { mdi: micros(361_000), skew: micros(61_000), advert: micros(100_000) };
  expect(allowanceOf(bound, times)).toBe(allowance);
});
