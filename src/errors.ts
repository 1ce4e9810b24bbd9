/**
 * Errors by their cause. A user's mistake or a missing part of the machine is a `HalabError`
 * (the error, the remedy, the exit code); errors in files are `SourceIssue`s and are reported
 * all at once; our own bugs are failed `invariant`s. A peer's bad packet is never an exception.
 */

import { printable } from './printable.ts';

/** Exit codes of `halab`: see scenarios/README.md. */
export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  inconclusive: 3,
  environment: 4,
  nothing: 5,
  cleanup: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** One finding in a user's file. Lines and columns count from 1. */
export interface SourceIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** A note is a warning that does not change an exit code. */
  readonly severity: 'error' | 'warning' | 'note';
  /** The error. */
  readonly message: string;
  /** The remedy. */
  readonly hint?: string | undefined;
}

/** An error at a place of a file. */
export function errorAt(
  { file, line, column }: Pick<SourceIssue, 'file' | 'line' | 'column'>,
  message: string,
  hint?: string,
): SourceIssue {
  return { file, line, column, severity: 'error', message, hint };
}

export function warningAt(...about: Parameters<typeof errorAt>): SourceIssue {
  return { ...errorAt(...about), severity: 'warning' };
}

/** A user's mistake or an unusable environment: one message, never a stack trace. */
export class HalabError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;

  constructor(problem: {
    code: string;
    message: string;
    hint: string;
    /** [4, the environment] */
    exitCode?: number;
    cause?: unknown;
  }) {
    super(problem.message, { cause: problem.cause });
    this.code = problem.code;
    this.hint = problem.hint;
    this.exitCode = problem.exitCode ?? EXIT.environment;
  }
}

/** An engine is missing, refuses its file or does not start: only the cells of that engine fail. */
export function isOfEngine(error: unknown): error is HalabError {
  return error instanceof HalabError && error.code.startsWith('HALAB_ENGINE_');
}

/** Mistakes in files, all of them at once. */
export class SourceError extends HalabError {
  readonly issues: readonly SourceIssue[];

  constructor(issues: readonly SourceIssue[]) {
    super({
      code: 'HALAB_SOURCE',
      message: issues.map(formatIssue).join('\n'),
      hint: '',
      exitCode: EXIT.usage,
    });
    this.issues = issues;
  }
}

/** Printable as it is, although file names and text of the user are in it. */
export function formatIssue(issue: SourceIssue): string {
  const { file, line, column, severity, message, hint } = issue;
  const head = printable(`${file}:${line}:${column}: ${severity}: ${message}`);
  return hint === undefined ? head : `${head}\n    ${printable(hint)}`;
}

/** Throws if an assumption is violated, which is a bug. `why`: the reason why it must hold. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${why}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The closest known word for "did you mean"; undefined if none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    // No distance is smaller than the difference of the lengths.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The hint for an unknown word. */
export function suggestion(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined
    ? `There are: ${known.join(', ') || 'none'}.`
    : `Did you mean "${close}"?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
