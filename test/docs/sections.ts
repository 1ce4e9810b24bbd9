/** The generated sections of the README files, by the name in their marker. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { ASSERTIONS, type AssertionKind, placesOf } from '../../src/assert/assertions.ts';
import { INVARIANTS } from '../../src/assert/protocol/catalogue.ts';
import { schemaText } from '../../src/cli/schema-text.ts';
import { FAULT_KINDS, FAULTS } from '../../src/fault/faults.ts';
import { cell, keyTable, type Schema, table } from './schema-table.ts';

/** The root of the repository; `npm run docs` starts there, too. */
export const ROOT = process.cwd();

/** Every README of the repository. */
export const PAGES = [
  'README.md',
  'scenarios/README.md',
  'topologies/README.md',
  'test/README.md',
  'src/README.md',
  'src/engine/README.md',
  'src/sim/README.md',
  'src/assert/README.md',
] as const;

export const SECTIONS: Readonly<Record<string, () => string>> = {
  'short lists': shortLists,
  'scenario keys': () => keyTable(schemaOf('scenario'), ELSEWHERE),
  faults: faultTable,
  assertions,
  simulation: () => keyTable(keysAt('scenario', 'simulation')),
  'shipped scenarios': shippedScenarios,
  'topology keys': () => keyTable(schemaOf('topology')),
  invariants,
};

const MARKER = /<!-- generated: ([\w ]+) -->\n[\s\S]*?<!-- \/generated -->/g;

/** The page with every generated section renewed. */
export function renewed(page: string): string {
  return page.replace(MARKER, (_, name: string) => {
    const section = SECTIONS[name];
    if (section === undefined) throw new Error(`no generator for the section "${name}"`);
    return `<!-- generated: ${name} -->\n${section()}\n<!-- /generated -->`;
  });
}

export function namesOfSections(page: string): string[] {
  return [...page.matchAll(MARKER)].map(([, name = '']) => name);
}

/** Keys of a scenario that have a table of their own. */
const ELSEWHERE = {
  closed: ['topology', 'simulation', 'invariants', 'expect', 'steps[].expect', 'steps[].with'],
};

function schemaOf(kind: 'scenario' | 'topology'): Schema {
  return JSON.parse(schemaText(kind)) as Schema;
}

function keysAt(kind: 'scenario' | 'topology', ...path: readonly string[]): Schema {
  return path.reduce<Schema>(
    (schema, key) => (schema.items ?? schema).properties?.[key] ?? {},
    schemaOf(kind),
  );
}

function assertions(): string {
  return Object.entries(ASSERTIONS)
    .map(([name, { docs, schema }]) => {
      const places = placesOf(name as AssertionKind).join(', ');
      return `### ${name}\n\n${sentence(docs)} *${places}*${tableOf(schema)}`;
    })
    .join('\n\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** One line for each fault and each assertion. */
function shortLists(): string {
  const faults = FAULT_KINDS.map((kind) => `- \`${kind}\`: ${FAULTS[kind].docs}`);
  const asserted = Object.entries(ASSERTIONS).map(([name, { docs }]) => `- \`${name}\`: ${docs}`);
  return [...faults, '', 'Assertions:', '', ...asserted].join('\n');
}

function shippedScenarios(): string {
  const folder = join(ROOT, 'scenarios');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const rows = files.sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { description = '', tags = [] } = parse(text) as {
      description?: string;
      tags?: string[];
    };
    const about = description.trim().replaceAll(/\s+/g, ' ');
    return [`[${file.replace('.yaml', '')}](${file})`, cell(about), tags.join(', ')];
  });
  return table(['scenario', 'claim', 'tags'], rows);
}

function faultTable(): string {
  return FAULT_KINDS.map((kind) => {
    const { docs, target, with: parameters } = FAULTS[kind];
    const keys = tableOf(parameters);
    return `### ${kind}\n\n${docs} *target: ${target}*${keys}`;
  }).join('\n\n');
}

/** The keys of an object, if it has any. */
function tableOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return Object.keys(json.properties ?? {}).length === 0 ? '' : `\n\n${keyTable(json)}`;
}

/** Title, formula and source of each invariant, from its docstring. */
function invariants(): string {
  const folder = join(ROOT, 'src/assert/protocol');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const text = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const rows = INVARIANTS.map(({ id, title }) => [id, title, cell(formulaOf(id, text))]);
  return table(['id', 'title', 'formula and source'], rows);
}

function formulaOf(id: string, text: string): string {
  const docstring = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export const (\w+): Invariant|function)/g;
  for (const [, comment = '', name] of text.matchAll(docstring)) {
    const words = comment.replaceAll(/\s*\n \* ?/g, ' ').trim();
    if (name === id || (words.startsWith('H1 (down) and H2 (up). ') && ['H1', 'H2'].includes(id)))
      return words.replace(`${id}. `, '');
  }
  throw new Error(`${id} has no docstring with its formula`);
}
