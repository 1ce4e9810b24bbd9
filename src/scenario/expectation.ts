/** One entry of an `expect` or `invariants` list: `- owner: { of: web, is: gw1 }`, every name in it checked. */
import type { Place } from '../assert/assertion.ts';
import {
  ASSERTIONS,
  type Assertion,
  assertionNames,
  isAssertionKind,
  placesOf,
  problemsOf,
} from '../assert/assertions.ts';
import { errorAt, nearest, type SourceIssue } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';
import { type Path, schemaIssues, type YamlSource } from '../topology/yaml/yaml-source.ts';
import { isRecord } from './cells.ts';
import type { Expectation } from './scenario.ts';

export function readExpectation(
  source: YamlSource,
  entry: { value: unknown; path: Path; place: Place; topology: Topology },
  issues: SourceIssue[],
): Expectation | undefined {
  const { value, path, place, topology } = entry;
  const report = (message: string, hint?: string, at: Path = path): void => {
    issues.push(errorAt(source.span(at), message, hint));
  };
  const [kind, another] = isRecord(value) ? Object.keys(value) : [];
  if (!isRecord(value) || kind === undefined || another !== undefined) {
    report(
      'an expectation is one assertion with its parameters',
      'For example: - owner: { of: web, is: gw1 }',
    );
    return undefined;
  }
  if (!isAssertionKind(kind)) {
    const close = nearest(kind, Object.keys(ASSERTIONS));
    report(
      `unknown assertion "${kind}"`,
      close === undefined
        ? `There are: ${assertionNames(place).join(', ')}.`
        : `Did you mean "${close}"?`,
    );
    return undefined;
  }
  if (!placesOf(kind).includes(place)) {
    report(
      `${kind} cannot stand ${PLACE_TEXT[place]}`,
      `It stands ${placesOf(kind)
        .map((one) => PLACE_TEXT[one])
        .join(' or ')}.`,
    );
    return undefined;
  }
  const parameters = value[kind];
  const parsed = ASSERTIONS[kind].schema.safeParse(parameters);
  if (!parsed.success) {
    issues.push(...schemaIssues(source, parsed.error, [...path, kind], ASSERTIONS[kind].schema));
    return undefined;
  }
  const assertion = { kind, ...parsed.data } as Assertion;
  const problems = problemsOf(assertion, place, topology);
  for (const { key, message, hint } of problems)
    report(message, hint, key === undefined ? [...path, kind] : [...path, kind, key]);
  return { assertion, where: source.span(path), text: `${kind}: ${inline(parameters)}` };
}

const PLACE_TEXT: Record<Place, string> = {
  step: 'in a step',
  invariant: 'among the invariants',
  run: 'in the expect list of the whole run',
};

function inline(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${inline(item)}`)
    .join(', ')} }`;
}
