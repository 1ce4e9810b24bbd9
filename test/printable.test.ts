import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text } from '../src/assert/verdict.ts';
import { formatIssue } from '../src/errors.ts';
import { printable, printableBlock, printableJson, shellWord } from '../src/printable.ts';
import { jsonReport } from '../src/report/json.ts';
import { junitReport } from '../src/report/junit.ts';
import { listReporter } from '../src/report/list.ts';
import type { RunResult, ScenarioResult } from '../src/run/result.ts';
import { micros } from '../src/time.ts';

const EVIL =
  'a\n::error::pwned\u001b[31m\u009b2J\u202e##[error]x \ud800 \u0000\r]]>&<"\u007f\u2028b';
/** Characters that must not occur in output. */
const RAW = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##[a-z]*\[/iu;

function harmless(text: string): void {
  expect(text).not.toMatch(RAW);
  for (const line of text.split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
  expect(text).not.toMatch(/\p{Cs}/u);
}

describe('the sanitiser', () => {
  it('writes unprintable characters as escapes, on one line', () => {
    expect(printable('a\nb\u001b[1m\u009b\u202e')).toBe('a\\nb\\x1b[1m\\x9b\\u202e');
    expect(printable('::error::x')).toBe('\\x3a:error::x');
    expect(printable('  ::error::x')).toBe('  \\x3a:error::x');
    expect(printable('x ##vso[task] ##[error]')).toBe('x \\x23#vso[task] \\x23#[error]');
    expect(printable('caf\u00e9 \u{1f600} · a::b')).toBe('caf\u00e9 \u{1f600} · a::b');
  });

  it('removes every dangerous character from any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom(...':#[\n\r \tae\u001b\u009b'), { maxLength: 12 })
        .map((all) => all.join('')),
    );
    void fc.assert(
      fc.property(text, (raw) => {
        harmless(printable(raw));
        expect(printable(raw)).not.toContain('\n');
        harmless(printableBlock(raw));
        const json = printableJson({ one: raw });
        harmless(json);
        expect(JSON.parse(json)).toEqual({ one: raw });
      }),
    );
  });

  it('quotes a word so that a shell returns it unchanged', () => {
    const plain = fc.string().filter((char) => !/\p{Cc}/u.test(char));
    const values = [
      'a b',
      "it's",
      '$(id)',
      '`id`',
      '',
      '*',
      'x;y',
      '\\',
      '"',
      '~',
      '-n',
      'a\nb\u001b',
    ];
    const back = (word: string) =>
      execFileSync('bash', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
    for (const word of values) expect(back(word)).toBe(word);
    void fc.assert(
      fc.property(plain, (word) => back(word) === word),
      { numRuns: 10 },
    );
    expect(shellWord('scenarios/a-b.yaml')).toBe('scenarios/a-b.yaml');
  });
});

const where = { file: EVIL, line: 1, column: 2 };
const verdict = {
  assertion: EVIL,
  text: EVIL,
  where,
  step: EVIL,
  ok: false,
  measured: text(EVIL),
  bound: text(EVIL),
  because: EVIL,
  evidence: [
    { at: 0, node: EVIL, source: 'agent', kind: 'log', text: EVIL },
  ] as unknown as ScenarioResult['verdicts'][number]['evidence'],
};
const scenario: ScenarioResult = {
  name: EVIL,
  file: EVIL,
  cell: { [EVIL]: EVIL },
  status: 'failed',
  reason: EVIL,
  verdicts: [verdict],
  skipped: [{ text: EVIL, where, step: EVIL, reason: EVIL }],
  repeats: [],
  statistics: {},
  warnings: [{ ...where, severity: 'warning', message: EVIL, hint: EVIL }],
  evidence: EVIL,
  evidenceLost: EVIL,
  reproduce: EVIL,
  wall: micros(0),
  elapsed: micros(0),
};
const result: RunResult = {
  backend: 'docker',
  backendReason: EVIL,
  engine: EVIL,
  seed: 1,
  environment: { [EVIL]: EVIL },
  scenarios: [
    scenario,
    { ...scenario, status: 'skipped' },
    { ...scenario, status: 'inconclusive' },
  ],
  ended: { exitCode: 4, reason: EVIL },
};

describe('every report', () => {
  it('is safe with any names and logs: list', () => {
    let text = '';
    const reporter = listReporter({
      write: (written) => (text += written),
      live: false,
      colour: false,
    });
    const cell = { ...scenario, repeat: { count: 1 } } as unknown as Parameters<
      NonNullable<typeof reporter.onScenario>
    >[0];
    reporter.onStart?.({ backend: 'docker', reason: EVIL, seed: 1, scenarios: 1 });
    reporter.onScenario?.(cell);
    reporter.onProgress?.(EVIL);
    reporter.onScenarioEnd?.(cell, scenario);
    void reporter.onEnd?.(result);
    expect(text.split('\n').length).toBeGreaterThan(15);
    harmless(text);
  });

  it('is safe: JSON, whose values do not change', () => {
    const text = jsonReport(result);
    harmless(text);
    expect((JSON.parse(text) as RunResult).scenarios[0]?.name).toBe(EVIL);
  });

  it('is safe: JUnit', () => {
    const text = junitReport(result);
    harmless(text);
    expect(text).not.toContain(']]>');
    expect(text).toContain('type="inconclusive"');
  });

  it('is safe: a finding in a file', () => {
    harmless(formatIssue({ ...where, severity: 'error', message: EVIL, hint: EVIL }));
  });
});

describe('the headline', () => {
  const { evidenceLost: _, ...kept } = scenario;
  const passed: ScenarioResult = { ...kept, status: 'passed' };
  const of = (...scenarios: ScenarioResult[]) => ({ ...result, scenarios, ended: undefined });
  const headline = (ended: Omit<RunResult, 'ended'> & { ended?: RunResult['ended'] }) => {
    let text = '';
    const reporter = listReporter({ write: (more) => (text += more), live: false, colour: false });
    void reporter.onEnd?.(ended as RunResult);
    return text.trim().split('  ')[0];
  };

  it.each([
    ['PASS', of(passed)],
    ['PASS', of(passed, { ...passed, status: 'skipped' })],
    ['NOTHING RUN', of({ ...passed, status: 'skipped' })],
    ['FAIL', of(passed, { ...passed, status: 'failed' })],
    ['INCONCLUSIVE', of(passed, { ...passed, status: 'inconclusive' })],
    ['ERROR', { ...of(passed), ended: { exitCode: 4, reason: 'x' } }],
    ['ERROR', { ...of(passed), ended: { exitCode: 2, reason: 'x' } }],
    ['FAIL', { ...of({ ...passed, status: 'failed' }), ended: { exitCode: 4, reason: 'x' } }],
    ['INTERRUPTED', { ...of(passed), ended: { exitCode: 130, reason: 'x' } }],
    ['ERROR', of({ ...passed, evidenceLost: 'the disk is full' })],
  ] as const)('is %s', (expected, run) => {
    expect(headline(run)).toBe(expected);
  });
});
