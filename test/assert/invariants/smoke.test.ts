import { expect, it } from 'vitest';
import { calm, names } from '../../support/election.ts';

it('has nothing to say of a calm election', () => {
  expect(calm(20_000).judge(20_000)).toEqual([]);
});

it('notices a second Active', () => {
  const s = calm(20_000).takes(12_000.5, 2);
  s.adverts(13_000.5, 20_000, 2, []);
  console.log(s.judge(20_000));
  expect(names(s.judge(20_000))).toContain('S2');
});
