import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printConfig } from '../../../src/engine/conf/print.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { anyConfig } from '../../support/configs.ts';
import { cases } from '../../support/nightly.ts';

/** Findings that belong to the configuration itself. */
const HARMLESS =
  /^(sync group .* has one member|this track_group has no members|a quote is not closed on its line|lthreshold is larger)/;

it('parse(print(c)) = c for every feature', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const text = printConfig(config);
      const { config: parsed, issues } = parseConfig(text, 'k.conf');
      expect(
        issues.map(({ message }) => message).filter((message) => !HARMLESS.test(message)),
      ).toEqual([]);
      expect(parsed).toEqual(config);
      expect(printConfig(parsed)).toBe(text);
    }),
    { numRuns: cases(80, 5_000) },
  );
});

it('the parser accepts any text: it ends, throws nothing, and every finding has a position', () => {
  const junk = fc.string({
    unit: fc.constantFrom(...'{}"\'\\#!$@~() \n\tav1./:=,'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      anyConfig,
      fc.array(fc.tuple(fc.nat(20_000), fc.nat(30), junk), { maxLength: 6 }),
      (config, edits) => {
        let text = printConfig(config);
        for (const [at, cut, put] of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + put + text.slice(from + cut);
        }
        for (const { file, line, column, message } of parseConfig(text, 'k.conf').issues) {
          expect(file).toBe('k.conf');
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
      },
    ),
    { numRuns: cases(150, 5_000) },
  );
});
