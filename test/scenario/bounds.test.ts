import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.ts';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';
import { parseYaml } from '../../src/topology/yaml/yaml-source.ts';
import { PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-bounds-'));
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
});
afterEach(() => rmSync(folder, { recursive: true }));

const STEPS = `steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 5s }
`;

function load(head: string, overrides: Partial<Overrides> = {}, steps = STEPS) {
  const file = join(folder, 's.yaml');
  writeFileSync(file, `version: 1\nname: s\ntopology: pair.yaml\n${head}\n${steps}`);
  return loadScenario(file, { ...NO_OVERRIDES, ...overrides });
}

function problems(head: string, overrides: Partial<Overrides> = {}): string[] {
  try {
    return load(head, overrides).warnings.map(({ message }) => message);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.issues.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('a matrix', () => {
  const list = (n: number) => `[${Array.from({ length: n }, (_, i) => i).join(', ')}]`;

  it('is counted before it is expanded', () => {
    const begin = performance.now();
    expect(problems(`matrix: { a: ${list(200)}, b: ${list(200)}, c: ${list(200)} }`)).toEqual([
      '4:9 the matrix has 8000000 cells, and 10000 is the most',
    ]);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('may have any size if only a part of it runs', () => {
    const matrix = `matrix: { a: ${list(200)}, b: ${list(200)}, c: ${list(200)} }`;
    expect(load(matrix, { matrix: { a: '1', b: '2', c: '199' } }).scenarios).toHaveLength(1);
    expect(load('matrix: { a: [1, 2] }', { matrix: { a: '3' } })).toMatchObject({
      scenarios: [],
      cells: ['a=1', 'a=2'],
    });
  });

  it('has at least one value per list', () => {
    expect(problems('matrix: { a: [] }')).toEqual([
      '4:14 the matrix has no cell: "a" has no value',
    ]);
  });
});

describe('YAML that expands', () => {
  it.each([
    ['vars: &v { a: *v }', '4:15 *v stands inside what it refers to'],
    ['vars: { a: *b }', '4:12 *b refers to nothing'],
    ['vars: { constructor: 1 }', '4:9 "constructor" is no name here'],
    ['matrix: { __proto__: [1] }', '4:11 "__proto__" is no name here'],
    ['set: { prototype: 1 }', '4:8 "prototype" is no name here'],
    ['? [a]\n: 1', '4:3 a key is a word'],
    [`vars: ${'['.repeat(70)}${']'.repeat(70)}`, '4:71 nested more than 64 deep'],
    [
      'timeout: 99999999999999s',
      '4:10 timeout: 99999999999999s is too long: at most 24 hours, 1440m',
    ],
  ])('%s', (head, problem) => {
    expect(problems(head)).toEqual([problem]);
  });

  it('is refused: a billion laughs', () => {
    const rows = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`,
    );
    const { issues, value } = parseYaml(`l0: &l0 [a]\n${rows.join('\n')}\n`, 'x.yaml');
    expect(issues.map(({ message }) => message)).toEqual([
      'aliases make more than 200000 values of this',
    ]);
    expect(value).toBeUndefined();
  });

  it.each([
    ['brackets', `a: ${'['.repeat(1_000_000)}`],
    ['braces', `a: ${'{'.repeat(1_000_000)}`],
    ['dashes', '- '.repeat(500_000)],
    ['question marks', '? '.repeat(500_000)],
    ['a staircase', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    [
      'a staircase of lists',
      Array.from({ length: 500 }, (_, i) => `${'  '.repeat(i)}- -`).join('\n'),
    ],
  ])('is refused: endless %s', (_, text) => {
    const begin = performance.now();
    expect(parseYaml(text, 'x.yaml').issues.map(({ message }) => message)).toEqual([
      'nested too deep: no file needs that',
    ]);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it.each([
    ['anchors', `a: [${'&a '.repeat(30_000)}`],
    ['aliases', `a: [${'*a '.repeat(30_000)}`],
    ['tags', `a: ${'!t '.repeat(30_000)}`],
    ['quotes', '"'.repeat(30_000)],
    ['commas', `a: [${','.repeat(30_000)}]`],
    ['keys', Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n')],
  ])('takes time in proportion to the file: %s', (_, text) => {
    const begin = performance.now();
    expect(parseYaml(text, 'x.yaml').issues.length).toBeLessThanOrEqual(100);
    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it('allows ordinary aliases', () => {
    const { issues, value } = parseYaml('a: &x { b: [1, 2] }\nc: *x\nd: [*x, *x]\n', 'x.yaml');
    expect([issues, value]).toEqual([
      [],
      { a: { b: [1, 2] }, c: { b: [1, 2] }, d: [{ b: [1, 2] }, { b: [1, 2] }] },
    ]);
  });
});

/** An expression. */
function put(what: string): string {
  return `\${{ ${what} }}`;
}

describe('expressions', () => {
  it('name values of the file, not properties of every object', () => {
    expect(
      problems(
        `description: ${['vars.constructor', 'matrix.toString', 'vars.__proto__'].map(put).join(' ')}`,
      ),
    ).toContain('4:14 vars.constructor is not defined');
  });

  it('produce a text of bounded length', () => {
    const head = `vars: { a: ${'x'.repeat(1_000)} }\ndescription: "${`-${put('vars.a')}`.repeat(2_000)}"`;
    expect(problems(head)).toEqual([
      '5:14 expressions put more than 1048576 characters into this file',
    ]);
  });
});

describe('--set', () => {
  it.each(['__proto__.x', 'constructor.prototype.x', 'nodes.__proto__', 'nodes..x', ''])(
    '%j',
    (key) => {
      expect(problems('', { set: { [key]: '3' } })).toEqual([
        `1:1 "${key}" is no path in a topology`,
      ]);
      expect(({} as { x?: unknown }).x).toBeUndefined();
    },
  );

  it('knows the names of the topology, not properties of every object', () => {
    expect(problems('', { set: { 'toString.x': '3' } })).toEqual([
      '1:1 the topology has no "toString"',
    ]);
  });
});

describe('a fault', () => {
  const crash = '  - name: Crash\n    fault: node.kill\n    target: owner(web)\n';

  it('that nothing judges is reported', () => {
    expect(
      load('', {}, STEPS + crash).warnings.map(({ line, message }) => [line, message]),
    ).toEqual([
      [9, 'nothing judges node.kill: no expectation follows it, and no invariant holds over it'],
    ]);
  });

  it.each([
    ['an invariant', 'invariants: [{ single-owner: { vip: web } }]', STEPS + crash],
    ['an expectation of the run', 'expect: [{ detection: { max: mdi + 5ms } }]', STEPS + crash],
    [
      'a later step',
      '',
      `${STEPS}${crash}  - name: Then\n    expect: [{ owner: { of: web, is: gw2, within: 5s } }]\n`,
    ],
    [
      'its own step',
      '',
      `${STEPS}${crash}    expect: [{ owner: { of: web, is: gw2, within: 5s } }]\n`,
    ],
  ])('is judged by %s', (_, head, steps) => {
    expect(
      load(head, {}, steps).warnings.filter(({ message }) => message.includes('judges')),
    ).toEqual([]);
  });

  it('repeats at intervals that end', () => {
    const flap =
      '  - name: Forge\n    fault: vrrp.forge\n    target: node(client)\n    with: { every: 0s }\n    for: 1s\n    expect: [{ owner: { of: web, is: gw1, within: 5s } }]\n';
    expect(() => load('', {}, STEPS + flap)).toThrow('vrrp.forge goes on every 1ms or more');
  });
});
