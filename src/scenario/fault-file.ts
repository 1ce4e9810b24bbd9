/** The fault of a step: its `with:` and its target, with every name checked. */
import type * as z from 'zod';
import { suggestion } from '../errors.ts';
import { neededOf, type Problem, problemAt } from '../fault/definition.ts';
import { definitionOf, FAULT_KINDS, type FaultKind, type FaultRequest } from '../fault/faults.ts';
import { parseSelector } from '../fault/selector.ts';
import { targetProblem } from '../fault/target.ts';
import type { Topology } from '../topology/topology.ts';
import type { StepText } from './scenario-schema.ts';

export interface FaultReport {
  /** A mistake at a key of the step. */
  readonly problem: (problem: Problem) => undefined;
  /** The findings of zod under `with:`; `known`: its keys. */
  readonly schema: (error: z.core.$ZodError, known: readonly string[]) => void;
}

export function readFault(
  text: StepText,
  topology: Topology,
  report: FaultReport,
): FaultRequest | undefined {
  if (text.fault === undefined) {
    for (const key of ['target', 'with', 'for'] as const)
      if (text[key] !== undefined)
        report.problem({ key: [key], message: `"${key}" needs a fault in the same step` });
    return undefined;
  }
  const kind = FAULT_KINDS.find((each) => each === text.fault);
  if (kind === undefined) {
    const hint = suggestion(text.fault, FAULT_KINDS);
    return report.problem(problemAt('fault', `unknown fault "${text.fault}"`, hint));
  }
  if (text.for === 0) {
    const hint = 'Give it some time, or leave `for` out.';
    report.problem({ key: ['for'], message: `${kind} would heal at once`, hint });
  }
  const settings = readSettings(kind, text.with ?? {}, report);
  if (text.target === undefined) {
    const hint = 'For example: target: owner(web)';
    return report.problem(problemAt('fault', `${kind} needs a target`, hint));
  }
  const target = parseSelector(text.target, topology);
  if (typeof target === 'string') return report.problem({ key: ['target'], message: target });
  if (settings === undefined) return undefined;
  const request = { kind, target, with: settings, for: text.for } as FaultRequest;
  definitionOf(kind).problems?.(request, topology, (...about) =>
    report.problem(problemAt(...about)),
  );
  const missed = targetProblem(request, topology);
  if (missed !== undefined) report.problem(missed);
  return request;
}

function readSettings(
  kind: FaultKind,
  text: Readonly<Record<string, unknown>>,
  report: FaultReport,
): unknown {
  const schema = definitionOf(kind).with;
  const known = Object.keys(schema.shape);
  const isForeign = (key: string): boolean => !known.includes(key) && PARAMETERS.has(key);
  for (const key of Object.keys(text).filter(isForeign))
    report.problem({
      key: ['with', key],
      message: `"${key}" means nothing to ${kind}`,
      hint: `It takes ${known.join(', ') || 'nothing'}.`,
    });
  const missing = neededOf(schema).filter((key) => !(key in text));
  for (const key of missing)
    report.problem(problemAt('fault', `${kind} needs "${key}"`, `Write with: { ${key}: ... }.`));
  const own = Object.fromEntries(Object.entries(text).filter(([key]) => !isForeign(key)));
  const parsed = schema.safeParse(own);
  if (parsed.success) return parsed.data;
  if (missing.length === 0) report.schema(parsed.error, [...PARAMETERS]);
  return undefined;
}

/** Parameters of any fault. */
const PARAMETERS: ReadonlySet<string> = new Set(
  FAULT_KINDS.flatMap((kind) => Object.keys(definitionOf(kind).with.shape)),
);
