/**
 * What is left of a file without the values that its schema refuses: the rest can be checked further, so that
 * all mistakes are told at once.
 */
import type * as z from 'zod';
import type { SourceIssue } from '../../errors.ts';

/** Faults, assertions and keys are known whatever was taken out. */
const CONSEQUENCE =
  /^(unknown (node|network|virtual|router|client|probe|tracked)|missing:|there is no |nothing produces )/;

type Mapping = Record<PropertyKey, unknown>;

/** A copy without the keys that are wrong, or that hold a list with something wrong in it. */
export function withoutRefused(value: unknown, error: z.core.$ZodError): unknown {
  const copy = structuredClone(value);
  for (const issue of error.issues)
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) remove(copy, [...issue.path, key]);
    else remove(copy, issue.path);
  return copy;
}

function remove(root: unknown, path: readonly PropertyKey[]): void {
  let holder: Mapping | undefined;
  let last: PropertyKey | undefined;
  let node = root;
  for (const key of path) {
    if (typeof node !== 'object' || node === null) break;
    // Taking something out of a list would move what follows.
    if (!Array.isArray(node)) [holder, last] = [node as Mapping, key];
    node = (node as Mapping)[key];
  }
  if (holder !== undefined && last !== undefined) delete holder[last];
}

/** Without what only follows from values that were taken out: they are missing, and their names are unknown. */
export function ofItsOwn(
  issues: readonly SourceIssue[],
  refused: readonly SourceIssue[],
): SourceIssue[] {
  const places = new Set(refused.map(({ line, column }) => `${line}:${column}`));
  return issues.filter(
    ({ line, column, message }) => !places.has(`${line}:${column}`) && !CONSEQUENCE.test(message),
  );
}
