/**
 * Random input for validate, run --backend sim and schema: files, flags, places. With any input
 * the program ends soon with a documented exit code, and never with an internal error (70).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HalabError } from '../../src/errors.ts';
import { loadScenario, NO_OVERRIDES } from '../../src/scenario/scenario-file.ts';
import { halab } from '../support/halab.ts';
import { cases } from '../support/nightly.ts';
import { PAIR_YAML } from '../support/topology.ts';

const TABLE = [0, 1, 2, 3, 4, 5, 6];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-odd-'));
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
  mkdirSync(join(folder, 'a-folder.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = `version: 1
name: odd
topology: pair.yaml
vars: { a: 1 }
matrix: { n: [1, 2] }
set: { virtual_routers.web.advert_interval: 100ms }
repeat: { count: 2, phase: stratified }
invariants:
  - single-owner: { vip: web, tolerate: 20ms }
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 5s }
  - name: Crash
    fault: node.kill
    target: owner(web)
    for: 3s
    expect:
      - owner: { of: web, is: gw2, within: 5s }
expect:
  - detection: { max: mdi + 5ms }
`;

const odd = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  '~',
  'null',
  '[]',
  '{}',
  '-1',
  '0',
  '1e999',
  '.nan',
  '99999999999s',
  '-5s',
  '*x',
  '&x',
  '!!binary x',
  '\u001b[31m',
  '::error::x',
  '\u0000',
  '\u2028',
  '{ a: 1 }',
  '[[1]]',
  `\${{ x }}`,
  `\${{ vars.a }}`,
  '0x1',
  'true',
  '2001-01-01',
  '"',
  "'",
  '|',
  '>',
  '%',
  '@',
  '`',
  '#',
  '? a',
  '- a',
  'owner()',
  'link(a)',
  '/dev/null',
  '/proc/self/mem',
  '../../..',
  'a-folder.yaml',
  '10.0.0.0/99',
  '::1',
  '\ud800',
  'x'.repeat(5_000),
);

/** The valid file with some words or lines replaced, dropped, doubled or moved. */
const file = fc
  .array(fc.tuple(fc.nat(200), fc.constantFrom('word', 'drop', 'double', 'indent', 'raw'), odd), {
    minLength: 1,
    maxLength: 4,
  })
  .map((edits) => {
    const lines = GOOD.split('\n');
    for (const [n, how, text] of edits) {
      const at = n % lines.length;
      const line = lines[at] ?? '';
      if (how === 'word') {
        const tokens = line.match(/[\w.-]+|\W/g) ?? [];
        const plain = tokens.flatMap((word, i) => (/\w/.test(word) ? [i] : []));
        const chosen = plain[n % Math.max(1, plain.length)];
        if (chosen !== undefined) tokens[chosen] = text;
        lines[at] = tokens.join('');
      } else if (how === 'drop') lines.splice(at, 1);
      else if (how === 'double') lines.splice(at, 0, line);
      else if (how === 'indent') lines[at] = `  ${line}`;
      else lines.splice(at, 0, text);
    }
    return lines.join('\n');
  });

describe('odd input', () => {
  it('in a file is accepted or reported as an error of the file', () => {
    const path = join(folder, 'odd.yaml');
    void fc.assert(
      fc.property(file, (text) => {
        writeFileSync(path, text);
        try {
          expect(Array.isArray(loadScenario(path).warnings)).toBe(true);
        } catch (error) {
          if (!(error instanceof HalabError)) throw error;
          expect(error.exitCode).toBe(2);
        }
      }),
      { numRuns: cases(300, 20_000) },
    );
  });

  it('after --set and --matrix is accepted or reported as a usage error', () => {
    const path = join(folder, 'good.yaml');
    writeFileSync(path, GOOD);
    const key = fc.oneof(
      odd,
      fc
        .tuple(fc.constantFrom('nodes', 'virtual_routers', 'networks', 'probes', 'version'), odd)
        .map((all) => all.join('.')),
      fc
        .tuple(fc.constantFrom('nodes.gw1', 'virtual_routers.web'), odd)
        .map((all) => all.join('.')),
    );
    void fc.assert(
      fc.property(key, odd, fc.boolean(), (name, value, isMatrix) => {
        const flag = { [name]: value };
        try {
          loadScenario(path, { ...NO_OVERRIDES, ...(isMatrix ? { matrix: flag } : { set: flag }) });
        } catch (error) {
          if (!(error instanceof HalabError)) throw error;
          expect(error.exitCode).toBe(2);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: cases(150, 5_000) },
    );
  });

  it('on the command line ends soon with a documented exit code', () => {
    const good = join(folder, 'good.yaml');
    const bad = join(folder, 'odd.yaml');
    writeFileSync(good, GOOD);
    const argument = odd.filter((text) => !text.includes('\u0000'));
    const place = fc.oneof(
      argument,
      fc.constantFrom(
        '/proc/x',
        '/dev/full',
        '/dev/null',
        '/etc/hostname/x',
        '/',
        folder,
        `${folder}/new/x`,
        '/sys/x',
        '/dev/stdout',
      ),
    );
    const flag = fc.oneof(
      fc.tuple(
        fc.constantFrom(
          '--output-dir',
          '-t',
          '--topology',
          '--set',
          '--matrix',
          '--seed',
          '--repeat',
          '--engine',
          '--backend',
          '--nonsense',
        ),
        place,
      ),
      place.map((file) => ['--reporter', `json=${file}`] as [string, string]),
      argument.map((text) => ['--reporter', text] as [string, string]),
      argument.map((text) => ['--set', `${text}=${text}`] as [string, string]),
    );
    const command = fc.oneof(
      fc
        .tuple(
          fc.constantFrom(good, bad, join(folder, 'a-folder.yaml'), folder),
          fc.array(flag, { maxLength: 2 }),
        )
        .map(([path, flags]) => [
          'run',
          path,
          '--backend',
          'sim',
          '--output-dir',
          join(folder, 'out'),
          ...flags.flat(),
        ]),
      fc
        .tuple(fc.constantFrom('run', 'validate', 'schema', 'compare'), place)
        .map(([verb, file]) => (verb === 'run' ? [verb, file, '--backend', 'sim'] : [verb, file])),
      place.map((file) => ['schema', 'topology', '--write', file]),
    );
    const escapes = (text: string) => ['/', '../../..', '..'].includes(text);
    void fc.assert(
      fc.property(command, file, (args, text) => {
        // Nothing may be written outside the folder of the test.
        fc.pre(!args.some((text, i) => escapes(text) && args[i - 1] !== 'validate'));
        writeFileSync(bad, text);
        const { status, signal, out, err } = halab(
          args.map((text) => text || ' '),
          { DOCKER_HOST: 'unix:///nowhere' },
          folder,
        );
        const outcome = JSON.stringify({ args, status, signal, err });
        expect(signal, outcome).toBeNull();
        expect(TABLE, outcome).toContain(status);
        expect(err, outcome).not.toContain('a bug of ours');
        if (status !== 0) expect(`${out}${err}`.trim(), outcome).not.toBe('');
      }),
      { numRuns: cases(12, 500) },
    );
  }, 120_000);
});
