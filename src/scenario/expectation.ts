/**
 * One entry of an `expect` or `invariants` list: `- owner: { of: web, is: gw1 }`. Exactly one
 * assertion name, its parameters, and every name in them known to the topology.
 */
import {
  ASSERTION_SCHEMAS,
  type Assertion,
  assertionNames,
  isAssertionKind,
  PLACES,
  type Place,
} from '../assert/assertion.ts';
import { nearest, type SourceIssue } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';
import { type Path, schemaIssues, type YamlSource } from '../topology/yaml-source.ts';
import type { Expectation } from './scenario.ts';

export function readExpectation(
  source: YamlSource,
  entry: { value: unknown; path: Path; place: Place; topology: Topology },
  issues: SourceIssue[],
): Expectation | undefined {
  const { value, path, place, topology } = entry;
  const report = (message: string, hint?: string, at: Path = path): void => {
    issues.push({
      ...source.span(at),
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const keys =
    value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
  const [kind] = keys;
  if (kind === undefined || keys.length !== 1) {
    report(
      'an expectation is one assertion with its parameters',
      'For example: - owner: { of: web, is: gw1 }',
    );
    return undefined;
  }
  if (!isAssertionKind(kind)) {
    const close = nearest(kind, Object.keys(PLACES));
    report(
      `unknown assertion "${kind}"`,
      close === undefined
        ? `There are: ${assertionNames(place).join(', ')}.`
        : `Did you mean "${close}"?`,
    );
    return undefined;
  }
  if (!PLACES[kind].includes(place)) {
    report(
      `${kind} cannot stand ${PLACE_TEXT[place]}`,
      `It stands ${PLACES[kind].map((p) => PLACE_TEXT[p]).join(' or ')}.`,
    );
    return undefined;
  }
  const parameters = (value as Record<string, unknown>)[kind];
  const parsed = ASSERTION_SCHEMAS[kind].safeParse(parameters);
  if (!parsed.success) {
    const known = Object.keys(ASSERTION_SCHEMAS[kind].shape);
    issues.push(...schemaIssues(source, parsed.error, [...path, kind], () => known));
    return undefined;
  }
  const assertion = { kind, ...parsed.data } as Assertion;
  const problem = nameProblem(assertion, topology);
  if (problem !== undefined) {
    report(problem.message, problem.hint, [...path, kind, problem.key]);
    return undefined;
  }
  return { assertion, where: source.span(path), text: `${kind}: ${inline(parameters)}` };
}

const PLACE_TEXT: Record<Place, string> = {
  step: 'in a step',
  invariant: 'among the invariants',
  run: 'in the expect list of the whole run',
};

interface NameProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** Every parameter that names something of the topology. */
function nameProblem(assertion: Assertion, topology: Topology): NameProblem | undefined {
  const routers = topology.virtualRouters.map(({ name }) => name);
  const nodes = topology.nodes.map(({ name }) => name);
  const clients = topology.nodes.filter(({ role }) => role !== 'router').map(({ name }) => name);
  const probes = topology.probes.map(({ name }) => name);
  const routerKey =
    assertion.kind === 'owner' || assertion.kind === 'adverts'
      ? 'of'
      : assertion.kind === 'garp' || assertion.kind === 'arp'
        ? 'for'
        : 'vip';
  const named: [key: string, what: string, known: readonly string[]][] = [
    [routerKey, 'virtual router', routers],
    ['is', 'node', assertion.kind === 'owner' ? [...nodes, 'none'] : nodes],
    ['from', 'node', nodes],
    ['at', 'client', clients],
    ['probe', 'probe', probes],
  ];
  for (const [key, what, known] of named) {
    const value = (assertion as Record<string, unknown>)[key];
    const word = [value].flat().find((one) => typeof one === 'string' && !known.includes(one));
    if (typeof word !== 'string') continue;
    const close = nearest(word, known);
    const hint =
      close === undefined
        ? `There are: ${known.join(', ') || 'none'}.`
        : `Did you mean "${close}"?`;
    return { key, message: `unknown ${what} "${word}"`, hint };
  }
  return undefined;
}

function inline(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${inline(item)}`)
    .join(', ')} }`;
}
