/** JUnit XML: a suite for each file, a test case for each cell. Inconclusive is an error, not a failure. */
import { formatQuantity, type Verdict } from '../assert/verdict.ts';
import { buildText } from '../observe/engine-build.ts';
import { printable } from '../printable.ts';
import { type RunResult, type ScenarioResult, titleOf } from '../run/result.ts';

export function junitReport(result: RunResult): string {
  const files = [...new Set(result.scenarios.map(({ file }) => file))];
  const suites = files.map((file) => suite(file, result));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="halab">\n${suites.join('')}</testsuites>\n`;
}

function suite(file: string, result: RunResult): string {
  const cells = result.scenarios.filter((scenario) => scenario.file === file);
  const count = (status: string): number => cells.filter((cell) => cell.status === status).length;
  const attributes = [
    ['name', file],
    ['tests', cells.length],
    ['failures', count('failed')],
    ['errors', count('inconclusive')],
    ['skipped', count('skipped')],
  ] as const;
  const properties = [
    ['backend', result.backend],
    ['engine', result.engine],
    ['seed', result.seed],
    ['clock', result.backend === 'sim' ? 'virtual' : 'real'],
    ...Object.entries(result.environment),
  ] as const;
  return [
    `  <testsuite ${attributes.map(([key, value]) => `${key}="${xmlText(value)}"`).join(' ')}>\n`,
    `    <properties>\n${properties.map(([key, value]) => property(key, value, 6)).join('')}    </properties>\n`,
    ...cells.map(testCase),
    '  </testsuite>\n',
  ].join('');
}

function testCase(scenario: ScenarioResult): string {
  const seconds = ((scenario.wall > 0 ? scenario.wall : scenario.elapsed) / 1_000_000).toFixed(3);
  const statistics = Object.entries(scenario.statistics).flatMap(([metric, summary]) => [
    property(`${metric}.p50_us`, summary.p50, 8),
    property(`${metric}.max_us`, summary.max, 8),
  ]);
  const engines = Object.entries(scenario.engines ?? {}).map(([node, build]) =>
    property(`engine.${node}`, buildText(build), 8),
  );
  const { unjudged, evidence } = scenario;
  const judged = unjudged === undefined ? [] : [property('judged', unjudged, 8)];
  const skipped = scenario.skipped.map(({ where, text, reason }) =>
    property('skipped', `${where.file}:${where.line}:${where.column} ${text}: ${reason}`, 8),
  );
  return [
    `    <testcase classname="${xmlText(scenario.file)}" name="${xmlText(titleOf(scenario))}" time="${seconds}">\n`,
    `      <properties>\n${[...engines, ...judged, ...statistics, ...skipped].join('')}      </properties>\n`,
    outcome(scenario),
    evidence === undefined
      ? ''
      : `      <system-out>${xmlText(`[[ATTACHMENT|${evidence}/events.jsonl]]`)}</system-out>\n`,
    '    </testcase>\n',
  ].join('');
}

function outcome(scenario: ScenarioResult): string {
  const failed = [
    ...scenario.repeats.flatMap(({ verdicts }) => verdicts),
    ...scenario.verdicts,
  ].filter(({ ok }) => !ok);
  const lines = [...failed.flatMap(describe), `reproduce: ${scenario.reproduce}`];
  const [first] = failed;
  const { status, error, reason = '' } = scenario;
  const element = (tag: string, type: string, message: string): string =>
    `      <${tag} type="${xmlText(type)}" message="${xmlText(message)}">${lines.map(xmlText).join('\n')}</${tag}>\n`;
  if (status === 'passed') return '';
  if (status === 'skipped') return `      <skipped message="${xmlText(reason)}"/>\n`;
  if (status === 'inconclusive')
    return element('error', error === undefined ? 'inconclusive' : 'engine', reason);
  return element('failure', first?.assertion ?? status, first?.because ?? '');
}

function describe({ where, text, measured, bound, because }: Verdict): string[] {
  return [
    `${where.file}:${where.line}:${where.column} ${text}`,
    `  measured ${formatQuantity(measured)}, allowed ${formatQuantity(bound)}: ${because}`,
  ];
}

function property(name: string, value: string | number, indent: number): string {
  return `${' '.repeat(indent)}<property name="${xmlText(name)}" value="${xmlText(value)}"/>\n`;
}

/** On one line: XML 1.0 has no way to write most control characters, and a log shows the file as it is. */
function xmlText(value: string | number): string {
  return printable(String(value)).replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
