/** The generated sections of the README files, by the name in their marker. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { assertionReference } from '../../src/assert/reference.ts';
import { dockerRefusals } from '../../src/cli/docker-faults.ts';
import { type Refusals, refusalsOf } from '../../src/fault/capability.ts';
import { faultReference } from '../../src/fault/reference.ts';
import { scenarioSchema } from '../../src/scenario/scenario-schema.ts';
import { simulationSchema } from '../../src/scenario/simulation-schema.ts';
import { exactRefusals } from '../../src/sim/election/faults.ts';
import { SIM_FAULTS } from '../../src/sim/faults/faults.ts';
import { topologySchema } from '../../src/topology/file/topology-schema.ts';
import type { ParameterRow } from '../../src/topology/yaml/schema-rows.ts';
import { invariantReference, SYMBOLS } from '../support/invariant-reference.ts';
import { referenceMarkdown } from './keyword-reference.ts';
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
  'scenario keys': () => keyTable(jsonOf(scenarioSchema)),
  faults,
  assertions,
  simulation: () => keyTable(jsonOf(simulationSchema)),
  'shipped scenarios': shippedScenarios,
  'topology keys': () => keyTable(jsonOf(topologySchema)),
  symbols: () =>
    table(
      ['symbol', 'meaning'],
      SYMBOLS.map(([symbol, text]) => [cell(symbol), text]),
    ),
  invariants,
  keywords: referenceMarkdown,
};

/** The reason why a backend does not support a fault. */
const LACKS: readonly (readonly [string, Refusals])[] = [
  ['with `--backend docker`', dockerRefusals],
  ['with `--backend sim`', refusalsOf(SIM_FAULTS)],
  ['with `simulation:`', exactRefusals],
];

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

function jsonOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
}

/** One line for each fault and each assertion. */
function shortLists(): string {
  const injected = faultReference().map(({ fault, sentence }) => `- \`${fault}\`: ${sentence}`);
  const asserted = assertionReference().map(
    ({ assertion, sentence }) => `- \`${assertion}\`: ${sentence}`,
  );
  return [...injected, '', 'Assertions:', '', ...asserted].join('\n');
}

function faults(): string {
  return faultReference()
    .map(({ fault, target, sentence, parameters }) => {
      const lacks = LACKS.flatMap(([backend, refusals]) => {
        const reason = refusals(fault);
        return reason === undefined ? [] : [` Not ${backend}: ${reason}.`];
      });
      const text = `${sentence}${lacks.join('')} *target: ${target}*`;
      return withKeys([`### ${fault}`, text], parameters);
    })
    .join('\n\n');
}

function assertions(): string {
  return assertionReference()
    .map(({ assertion, places, sentence, parameters }) =>
      withKeys([`### ${assertion}`, `${capital(sentence)}. *${places.join(', ')}*`], parameters),
    )
    .join('\n\n');
}

function withKeys(head: readonly string[], parameters: readonly ParameterRow[]): string {
  const rows = parameters.map(parameterRow);
  const keys = rows.length === 0 ? [] : [table(['key', 'value', 'meaning [default]'], rows)];
  return [...head, ...keys].join('\n\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function parameterRow({ name, type, unit, sentence, required, ...rest }: ParameterRow): string[] {
  const value = cell(unit === undefined ? type : `${type} (${unit})`);
  const fallback = required ? '**required**' : `[${rest.default ?? ''}]`;
  return [`\`${name}\``, value, cell(`${sentence} ${fallback}`)];
}

function invariants(): string {
  const rows = invariantReference().map(({ id, title, rule, source }) => [
    id,
    title,
    cell(rule),
    cell(source),
  ]);
  return table(['id', 'title', 'rule', 'source'], rows);
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
