import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packBudgets, spend } from '../../../src/explore/exhaustive/budget.ts';
import { RowStore } from '../../../src/explore/exhaustive/row-store.ts';

it('a row store is a set that numbers its members in the order of arrival', () => {
  const rows = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(rows, (all) => {
      const store = new RowStore(3, 2);
      const known = new Map<string, number>();
      for (const row of all) {
        const key = row.join();
        expect(store.find(Int32Array.from(row))).toBe(known.get(key) ?? -1);
        if (!known.has(key)) known.set(key, known.size);
        expect(store.add(Int32Array.from([9, ...row]), 1)).toBe(known.get(key));
        expect(store.count).toBe(known.size);
      }
      const kept = [...known.keys()].map((_, i) => store.rows.slice(i * 3, i * 3 + 3).join());
      expect(kept).toEqual([...known.keys()]);
    }),
  );
});

it('a row that a known row covers gets the number of that row', () => {
  const field = fc.nat(2);
  const rows = fc.array(fc.tuple(fc.nat(1), field, field), { maxLength: 100 });
  fc.assert(
    fc.property(rows, (all) => {
      const store = new RowStore(2, 2, (known, wanted) => spend(known, wanted) >= 0);
      const kept: [number, number, number][] = [];
      for (const [key, losses, crashes] of all) {
        const covering = kept.filter(([k, l, c]) => k === key && l >= losses && c >= crashes);
        const index = store.add(Int32Array.of(key, packBudgets({ losses, crashes })));
        if (covering.length > 0) expect(covering).toContain(kept[index]);
        else expect(kept.push([key, losses, crashes]) - 1).toBe(index);
      }
      expect(store.count).toBe(kept.length);
    }),
  );
});

it('a budget pays only if every field can', () => {
  const field = fc.nat(15);
  const budgets = fc.record({
    losses: field,
    crashes: field,
    stops: field,
    restarts: field,
    jitter: field,
  });
  fc.assert(
    fc.property(budgets, budgets, (have, price) => {
      const fields = Object.keys(have) as (keyof typeof have)[];
      const unpacked = (packed: number) =>
        Object.fromEntries(fields.map((field, i) => [field, (packed >> (i * 5)) & 15]));
      expect(unpacked(packBudgets(have))).toEqual(have);
      const left = spend(packBudgets(have), packBudgets(price));
      if (fields.some((field) => price[field] > have[field])) expect(left).toBe(-1);
      else
        for (const field of fields) expect(unpacked(left)[field]).toBe(have[field] - price[field]);
    }),
  );
});
