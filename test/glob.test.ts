import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { surroundingsOf } from '../src/daemon/conf-files.ts';
import { readSource } from '../src/engine/text/source.ts';
import { alternatives, glob, matches } from '../src/glob.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-glob-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Processor time in milliseconds: other programs of the machine do not count. */
function took(work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1_000;
}

describe('a shell pattern', () => {
  it.each([
    ['a.conf', '*.conf', true],
    ['a.conf', '*.cfg', false],
    ['ab', 'a?', true],
    ['a', 'a?', false],
    ['a1', 'a[0-9]', true],
    ['ax', 'a[!0-9]', true],
    ['a1', 'a[^0-9]', false],
    ['a]', 'a[]]', true],
    ['a-', 'a[x-]', true],
    ['a[', 'a[', true],
    ['a*', 'a\\*', true],
    ['ab', 'a\\*', false],
    ['xaaybbz', '*aa*bb*', true],
    ['xaaybz', '*aa*bb*', false],
    ['a(b)+', 'a(b)+', true],
    ['', '*', true],
  ])('%j matches %j: %j', (name, pattern, expected) => {
    expect(matches(name, pattern)).toBe(expected);
  });

  it('takes time in proportion to its length, with any number of stars', () => {
    const name = 'a'.repeat(255);
    expect(took(() => expect(matches(name, `${'*a'.repeat(100)}*b`)).toBe(false))).toBeLessThan(
      100,
    );
  });

  it('expands braces, up to a few hundred alternatives', () => {
    expect(alternatives('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef']);
    expect(alternatives('a}{b,c}')).toEqual(['a}b', 'a}c']);
    expect(took(() => alternatives('{a,b}'.repeat(400)))).toBeLessThan(2_000);
    expect(alternatives('{a,b}'.repeat(30)).length).toBeLessThanOrEqual(256);
  });

  it('finds files relative to a folder, sorted, hidden ones only on request', () => {
    for (const name of ['b.conf', 'a.conf', '.hidden.conf', 'c.txt'])
      writeFileSync(join(folder, name), '');
    const found = (pattern: string) =>
      glob(pattern, folder).map((path) => path.slice(folder.length));
    expect(found('*.conf')).toEqual(['/a.conf', '/b.conf']);
    expect(found('{c,a}.*')).toEqual(['/c.txt', '/a.conf']);
    expect(found('.*.conf')).toEqual(['/.hidden.conf']);
    expect(glob(`{${folder}/a.conf,c.txt}`, folder)).toHaveLength(2);
    expect(found('nowhere/*')).toEqual([]);
  });

  it('ends on a wide and deep folder tree', () => {
    expect(took(() => glob('/*/*/*/*/*/*/*/*', '/'))).toBeLessThan(5_000);
  });
});

describe('include', () => {
  const source = (text: string) => readSource(text, join(folder, 'k.conf'), surroundingsOf('id'));

  it('ends with a pattern of many stars', () => {
    writeFileSync(join(folder, 'a'.repeat(200)), 'x\n');
    expect(took(() => source(`include ${'*a'.repeat(60)}*b\n`))).toBeLessThan(500);
  });

  const messages = (text: string) => {
    const { issues, outcome } = source(text).findings;
    return { refused: outcome === 'refused', findings: issues.map(({ message }) => message) };
  };

  it('ends with files that include each other', () => {
    mkdirSync(join(folder, 'd'));
    for (let i = 0; i < 10; i++) writeFileSync(join(folder, 'd', `${i}.conf`), 'include *.conf\n');
    let found: unknown;
    expect(took(() => (found = messages('include d/*.conf\n')))).toBeLessThan(5_000);
    expect(found).toEqual({
      refused: true,
      findings: ['files are included too deeply: does a file include itself?'],
    });
  });

  it('ends with a huge number of files', () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    for (let i = 0; i < 32; i++) {
      writeFileSync(join(folder, 'a', `${i}.conf`), 'include ../b/*.conf\n');
      writeFileSync(join(folder, 'b', `${i}.conf`), 'x\n');
    }
    let found: unknown;
    expect(took(() => (found = messages('include a/*.conf\n')))).toBeLessThan(5_000);
    expect(found).toEqual({ refused: true, findings: ['more than 1000 files are included'] });
  });

  it('reads a line of a million blanks once', () => {
    const line = `include a${' '.repeat(1_000_000)}b`;
    expect(took(() => source(`${line}\n`))).toBeLessThan(1_000);
  });
});

describe('a line of a million equal characters is read once', () => {
  const length = 1_000_000;
  it.each(['{', '}', '"', '\\', '$', '${A ', '@ ', '~SEQ(', ' ', '# '])('%j', (sign) => {
    const text = sign.repeat(length / sign.length);
    expect(took(() => readSource(`${text}\n`, 'k.conf'))).toBeLessThan(5_000);
  });
});
