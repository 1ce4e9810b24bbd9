/** Removes the values that a schema refuses, so that the rest can be checked and all mistakes are reported at once. */
import type * as z from 'zod';
import type { SourceIssue } from '../../errors.ts';

/** Findings that may only follow from removed values. */
const CONSEQUENCE =
  /^(unknown (node|network|virtual|router|client|probe|tracked)|missing:|there is no |nothing produces )/;

type Mapping = Record<PropertyKey, unknown>;

/** A copy without wrong keys, and without lists that contain a mistake. */
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
    // Removing an item of a list would shift later positions.
    if (!Array.isArray(node)) [holder, last] = [node as Mapping, key];
    node = (node as Mapping)[key];
  }
  if (holder !== undefined && last !== undefined) delete holder[last];
}

/** Without findings that only follow from removed values: missing keys and unknown names. */
export function ofItsOwn(
  issues: readonly SourceIssue[],
  refused: readonly SourceIssue[],
): SourceIssue[] {
  const places = new Set(refused.map(({ line, column }) => `${line}:${column}`));
  return issues.filter(
    ({ line, column, message }) => !places.has(`${line}:${column}`) && !CONSEQUENCE.test(message),
  );
}
