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
import { errorAt, nearest, type SourceIssue, suggestion } from '../errors.ts';
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
  const report = (message: string, hint?: string, at: Path = path): undefined => {
    issues.push(errorAt(source.span(at), message, hint));
  };
  const [kind, another] = isRecord(value) ? Object.keys(value) : [];
  if (!isRecord(value) || kind === undefined || another !== undefined)
    return report(
      'an expectation is one assertion with its parameters',
      'For example: - owner: { of: web, is: gw1 }',
    );
  if (!isAssertionKind(kind)) {
    const close = nearest(kind, Object.keys(ASSERTIONS));
    const hint = suggestion(kind, close === undefined ? assertionNames(place) : [close]);
    return report(`unknown assertion "${kind}"`, hint);
  }
  if (!placesOf(kind).includes(place)) {
    const places = placesOf(kind).map((one) => PLACE_TEXT[one]);
    return report(`${kind} cannot stand ${PLACE_TEXT[place]}`, `It stands ${places.join(' or ')}.`);
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
