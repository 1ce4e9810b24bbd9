/** The result of one mutant, and the table and the JSON of all. */
import type { Finding } from './search.ts';

export interface Verdict {
  readonly id: string;
  /** Undefined: not searched. */
  readonly explore: Finding | undefined;
  /** Undefined: beyond what `halab check` models. */
  readonly check: Finding | undefined;
  /** Undefined: it has no unit tests of its own. */
  readonly tests: Finding | undefined;
}

/** Found by a search or a test. */
export function killed(verdict: Verdict): boolean {
  return findings(verdict).some(kills);
}

/** Errors of the measurement itself, which make the score invalid. */
export function ourBug(verdict: Verdict): Finding | undefined {
  return findings(verdict).find(({ kind }) => kind === 'our-bug');
}

/** The table head and the rows, printed one by one because a run takes minutes. */
export function head(widest: number): string {
  return `${'mutant'.padEnd(widest)}  verdict   ${'explore'.padEnd(16)}  ${'check'.padEnd(16)}  tests`;
}

export function row({ id, explore, check, tests }: Verdict, widest: number, word: string): string {
  const cells = [explore, check, tests].map((finding) => cell(finding).padEnd(16));
  return `${id.padEnd(widest)}  ${word.padEnd(8)}  ${cells.join('  ')}`.trimEnd();
}

export function json(
  verdicts: readonly Verdict[],
  { sound, ...run }: { readonly sound: boolean; readonly seed: number; readonly seconds: number },
): string {
  const mutants = verdicts.map((verdict) => {
    const { id, explore, check, tests } = verdict;
    const found = Object.entries({ explore, check, tests }).find(([, finding]) => kills(finding));
    const by = found === undefined ? null : `${found[0]} ${found[1]?.what}`;
    const seconds = found?.[1]?.seconds ?? null;
    return { id, killed: killed(verdict), by, seconds, explore, check, tests };
  });
  const ok = sound && verdicts.every(killed);
  return `${JSON.stringify({ schema: 1, ok, ...run, mutants }, undefined, 2)}\n`;
}

function findings({ explore, check, tests }: Verdict): Finding[] {
  return [explore, check, tests].filter((finding) => finding !== undefined);
}

function kills(finding: Finding | undefined): boolean {
  const kind = finding?.kind;
  return kind === 'violated' || kind === 'engine-threw';
}

function cell(finding: Finding | undefined): string {
  if (finding === undefined) return '';
  const { kind, what, seconds } = finding;
  const text = kind === 'violated' ? what : kind === 'clean' ? '-' : `${kind}: ${what}`;
  return `${text} ${seconds.toFixed(1)} s`;
}
