import { describe, expect, it } from 'vitest';
import { search } from '../../src/expression.ts';
import { foundIn } from '../../src/sim/page-search.ts';

const EVIL = `${'a'.repeat(40)}b`;
const at = (pattern: string, text: string, flags = '') => search({ pattern, flags }, text, 1_000);

describe('an expression of a user', () => {
  it.each([
    ['b', 'aab', '', 2],
    ['^b', 'a\nb', '', -1],
    ['^b', 'a\nb', 'm', 2],
    ['A.C', 'a\nc', 'is', 0],
    ['\u00e9', 'caf\u00e9', '', 3],
    ['b', '\u{1f600}ab', '', 3],
    ['a(?=b)', 'acab', '', 2],
    ['(a)\\1', 'baab', '', 1],
    // PCRE syntax, as keepalived reads it.
    ['^ok$', 'ok\n', '', 0],
    ['^ok$', 'ok\n\n', '', -1],
    ['^ok$', 'no\nok\nno', 'm', 3],
    ['[$]\\$', '$$\n', '', 0],
    ['(?i)OK', 'ok', '', 0],
    ['(?is)A.C', 'a\nc', '', 0],
    ['(?m)^b$', 'a\nb\nc', '', 2],
    ['\\Aok\\z', 'ok', '', 0],
    ['\\Aok\\z', 'ok\n', '', -1],
    ['\\Aok\\Z', 'ok\n', 'm', 0],
    ['\\Aok', 'no\nok', 'm', -1],
    ['a[[:space:][:digit:]]+b', 'a 1b', '', 0],
    ['a\\h[\\h]b', 'a \tb', '', 0],
    ['[:a:]', 'x:', '', 1],
  ])('%j in %j (flags %j) begins at %d', (pattern, text, flags, expected) => {
    expect(at(pattern, text, flags)).toBe(expected);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '(.*)*c', '^(?:a?){60}a{60}$', '(a*)*(a*)*c'])(
    '%j is answered in linear time',
    (pattern) => {
      const begin = performance.now();
      expect(at(pattern, EVIL)).toBe(-1);
      expect(performance.now() - begin).toBeLessThan(500);
    },
  );

  it('gives no answer if it needs backtracking and takes too long', () => {
    expect(search({ pattern: '^(?=a)(a+)+$', flags: '' }, EVIL, 50)).toBeUndefined();
    expect(at('a', 'ba')).toBe(1); // and the next one has
  });
});

describe('the page of a simulated check', () => {
  const regex = { flags: '', negate: false, minOffset: 0, maxOffset: undefined };

  it('is searched between the offsets', () => {
    expect(foundIn('xxab', { ...regex, pattern: 'a', minOffset: 1, maxOffset: 2 })).toBe(true);
    expect(foundIn('xxab', { ...regex, pattern: 'a', minOffset: 1, maxOffset: 1 })).toBe(false);
    expect(foundIn('axx', { ...regex, pattern: 'a', minOffset: 1 })).toBe(false);
  });

  it('caches its last answer, not the answer for another page', () => {
    const changed = { ...regex, pattern: 'ok' };
    expect([foundIn('ok', changed), foundIn('no', changed), foundIn('ok', changed)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('is an environment error, never an answer, if the search was cut off', () => {
    expect(() => foundIn(EVIL, { ...regex, pattern: '^(?=a)(a+)+$' })).toThrow(
      expect.objectContaining({ exitCode: 4 }) as Error,
    );
  });
});
