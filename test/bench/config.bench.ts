// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived's parameters look like templates
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/core/conf-parser.ts';
import { printConfig } from '../../src/engine/core/conf-printer.ts';
import { random } from '../../src/random.ts';
import { anyConfig } from '../support/configs.ts';
import { report } from './row.ts';

const FILES = 200_000;
const JUNK = [
  '{',
  '}',
  '"',
  '~SEQ(A,1,9) ',
  '$A=',
  '${A}',
  '@',
  '\n',
  'include x\n',
  '\\',
  '#',
  ' 999999999999 ',
  '~LST(',
  '\0',
];

it('200 000 mutated configurations are read without a throw, each with its findings in place', () => {
  const texts = fc.sample(anyConfig, { numRuns: 200, seed: 7 }).map(printConfig);
  const source = random(7, 'config fuzz');
  const pick = (most: number): number => Math.floor(source.next() * most);
  let longest = 0;
  let findings = 0;
  let misplaced = 0;
  const start = performance.now();
  for (let i = 0; i < FILES; i++) {
    let text = texts[pick(texts.length)] ?? '';
    for (let edits = 1 + pick(4); edits > 0; edits--) {
      const at = pick(text.length);
      text = text.slice(0, at) + (JUNK[pick(JUNK.length)] ?? '') + text.slice(at + pick(12));
    }
    const before = performance.now();
    const { issues } = parseConfig(text, 'k.conf');
    longest = Math.max(longest, performance.now() - before);
    findings += issues.length;
    misplaced += issues.filter(
      ({ file, line, column }) => file === '' || line < 1 || column < 1,
    ).length;
  }
  expect(misplaced).toBe(0);
  expect(findings).toBeGreaterThan(FILES / 2);
  report({
    name: 'configuration fuzz: 200 000 mutated files, the slowest',
    value: longest,
    unit: 'ms',
    bound: '<= 100',
  });
  report({
    name: 'configuration fuzz: files a second',
    value: FILES / ((performance.now() - start) / 1_000),
    unit: '/s',
  });
}, 600_000);
