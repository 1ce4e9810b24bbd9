/** What became of one mutant, and the table and the JSON of all. */
import type { Finding } from './search.ts';

export interface Verdict {
  readonly id: string;
  /** Undefined: not searched so. */
  readonly explore: Finding | undefined;
  /** Undefined: beyond what `halab check` models. */
  readonly check: Finding | undefined;
}

/** Found by either search. */
export function killed({ explore, check }: Verdict): boolean {
  return kills(explore) || kills(check);
}

/** Anything that is wrong in our own house, which is no score at all. */
export function ourBug({ explore, check }: Verdict): Finding | undefined {
  return [explore, check].find((finding) => finding?.kind === 'our-bug');
}

/** The table's head and its rows, one by one: a run takes minutes. */
export function head(widest: number): string {
  return `${'mutant'.padEnd(widest)}  verdict   ${'explore'.padEnd(16)}  check`;
}

export function row({ id, explore, check }: Verdict, widest: number, word: string): string {
  return `${id.padEnd(widest)}  ${word.padEnd(8)}  ${cell(explore).padEnd(16)}  ${cell(check)}`.trimEnd();
}

export function json(
  verdicts: readonly Verdict[],
  { sound, ...run }: { readonly sound: boolean; readonly seed: number; readonly seconds: number },
): string {
  const mutants = verdicts.map((verdict) => {
    const { id, explore, check } = verdict;
    const first = kills(explore)
      ? explore
      : check !== undefined && kills(check)
        ? check
        : undefined;
    const by =
      first === undefined ? null : `${first === explore ? 'explore' : 'check'} ${first.what}`;
    return { id, killed: killed(verdict), by, seconds: first?.seconds ?? null, explore, check };
  });
  const ok = sound && verdicts.every(killed);
  return `${JSON.stringify({ schema: 1, ok, ...run, mutants }, undefined, 2)}\n`;
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
