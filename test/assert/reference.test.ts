/** The reference is complete: every assertion and parameter is documented. */
import { describe, expect, it } from 'vitest';
import { ASSERTIONS } from '../../src/assert/assertions.ts';
import { assertionReference } from '../../src/assert/reference.ts';

const ALL = assertionReference();
const rows = ALL.flatMap(({ assertion, parameters }) =>
  parameters.map((parameter) => ({ of: `${assertion}.${parameter.name}`, ...parameter })),
);
const row = (of: string) => rows.find((entry) => entry.of === of);

describe('the reference of assertions', () => {
  it('lists every assertion with a place and a sentence', () => {
    expect(ALL.map(({ assertion }) => assertion)).toEqual(Object.keys(ASSERTIONS));
    for (const { places, sentence } of ALL) {
      expect(places.length).toBeGreaterThan(0);
      expect(sentence).toMatch(/^\w.{10,}$/);
    }
  });

  it('has a sentence for every parameter, and a default for every optional one', () => {
    expect(rows.length).toBeGreaterThan(80);
    const lacking = rows.filter(
      ({ sentence, required, default: fallback }) =>
        !/^[A-Z][^[\]]+$/.test(sentence) || required !== (fallback === undefined),
    );
    expect(lacking.map(({ of }) => of)).toEqual([]);
  });

  it('names a meaningful type for every parameter', () => {
    const vague = rows.filter(({ type }) => type === 'name' || type.includes('undefined'));
    expect(vague.map(({ of }) => of)).toEqual(
      rows.filter(({ name }) => name === 'fault').map(({ of }) => of),
    );
  });

  it.each([
    ['owner.of', { type: 'virtual router', required: true }],
    ['owner.is', { type: 'node, or list of node' }],
    ['owner.within', { type: 'duration', unit: 'us, ms, s or m', default: '0s: at once' }],
    ['always-owned.max_gap', { type: 'bound', required: true }],
    ['effective-priority.is', { type: 'number', unit: '0..255' }],
    ['traffic-split.shares', { type: 'map of node to percentage' }],
    ['health.is', { type: 'up | down' }],
    ['outage.ended', { type: 'true', required: false }],
    ['request-success.min', { type: 'percentage', unit: '%' }],
    ['convergence.vip', { type: 'virtual router', default: 'the first one' }],
  ])('%s', (of, expected) => {
    expect(row(of)).toMatchObject(expected);
  });
});
