import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/assert/protocol/catalogue.ts';
import { names } from '../../support/election.ts';
import { invariantReference, SYMBOLS } from '../../support/invariant-reference.ts';
import { NEARLY, WRONG } from '../../support/wrong-elections.ts';

const COUNTS = { S: 12, T: 6, L: 8, P: 4, H: 11 } as const;
const IDS = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
);

describe('the catalogue', () => {
  it('has all forty-one invariants, ordered by id', () => {
    expect(INVARIANTS.map(({ id }) => id)).toEqual(IDS);
    expect(new Set(INVARIANTS.map(({ title }) => title)).size).toBe(IDS.length);
  });

  it('gives each a rule and a source on one line', () => {
    const rows = invariantReference();
    expect(rows.map(({ id }) => id)).toEqual(IDS);
    for (const { rule, source } of rows) {
      expect(rule).toMatch(/^\S.{40,}\.$/);
      expect(source).toMatch(/^\S.+\S$/);
      expect(`${rule} ${source}`).not.toMatch(/notes|README| {2}/);
    }
  });

  it('explains every symbol of a formula', () => {
    const formulas = invariantReference()
      .map(({ rule }) => rule)
      .join(' ');
    const used = new Set(formulas.match(/\b(?:T_stab|AAI|AI|rho|[DGJKMS])(?=[*+_( -]|\b)/g));
    expect(
      [...used].filter((symbol) => !SYMBOLS.some(([name]) => name.startsWith(symbol))),
    ).toEqual([]);
  });

  it('has a failing election for every invariant', () => {
    expect(Object.keys(WRONG)).toEqual(IDS);
  });
});

describe.each(IDS)('%s', (id) => {
  const rows = (table: typeof WRONG) =>
    (table[id] ?? []).map(([what, make, until = 16_000]) => ({ what, make, until }));

  it.each(rows(WRONG))('refuses: $what', ({ make, until }) => {
    const found = make().judge(until, id);
    expect(names(found)).toBe(id);
    expect(found[0]?.because).toMatch(/\w+ \w+/);
  });

  it.each(rows(NEARLY))('allows: $what', ({ make, until }) => {
    expect(make().judge(until, id)).toEqual([]);
  });
});

it('each violation is reported with its time, virtual router, routers and reason', async () => {
  const texts = Object.entries(WRONG).flatMap(([id, rows]) => [
    id,
    ...rows.flatMap(([what, make, until = 16_000]) => {
      const { routers } = make().facts;
      const found = make().judge(until, id);
      return [
        `  ${what}`,
        ...found.map((violation) => {
          const who = violation.routers.map((r) => routers[r]?.name).join(', ') || 'nobody';
          return `    ${violation.at / 1_000} ms, virtual router ${violation.virtual}, ${who}: ${violation.because}`;
        }),
      ];
    }),
    '',
  ]);
  await expect(texts.join('\n')).toMatchFileSnapshot('findings.txt');
});
