/** Mutants quote source lines: each quote must still match, and each mutant must be unique. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

describe('mutants', () => {
  it.each(MUTANTS)('$id changes one line that occurs once', ({ file, find, replace }) => {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(`${find}${replace}`).not.toContain('\n');
    expect(replace).not.toBe(find);
  });

  it('name at least one search or test each', () => {
    const idle = MUTANTS.filter(
      (mutant) => (mutant.explore ?? mutant.check ?? mutant.tests) === undefined,
    );
    expect(idle).toEqual([]);
  });

  it.each([...new Set(MUTANTS.flatMap(({ tests }) => tests ?? []))])('%s exists', (tests) => {
    expect(existsSync(new URL(`../../${tests}`, import.meta.url))).toBe(true);
  });

  it('are at least 90, all distinct', () => {
    const changes = MUTANTS.map(({ file, find, replace }) => JSON.stringify([file, find, replace]));
    expect(new Set(changes).size).toBe(MUTANTS.length);
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(90);
  });
});
