/** The keyword reference: the keywords of every block of keepalived.conf, from the tables that the parser and the printer use. */

import { BLOCKS } from '../../src/engine/conf/blocks.ts';
import type { Row } from '../../src/engine/conf/keyword.ts';
import type { Level } from '../../src/engine/text/tree.ts';

export interface ReferenceEntry {
  readonly keyword: string;
  /** Type, unit and range of the value; empty: no value. */
  readonly type: string;
  /** Its effect; for a keyword without effect, what is lost or what replaces it. */
  readonly text: string;
  /** keepalived's default [empty: none]. */
  readonly default: string;
  /** The first version of keepalived that knows it [empty: 2.0.0 or older]. */
  readonly since: string;
  /** `reported`: accepted without effect, reported by `halabd -t`. `silent`: nothing important is lost. */
  readonly effect: 'supported' | 'reported' | 'silent';
}

export interface ReferenceSection {
  /** Keywords of the enclosing blocks; empty: the top level. */
  readonly path: readonly string[];
  readonly entries: readonly ReferenceEntry[];
}

type AnyRow = Omit<Row<never, never, never>, 'read' | 'print'>;

/** Every block with its keywords, in the order in which they are printed. */
export function reference(): ReferenceSection[] {
  return sectionsOf([], BLOCKS);
}

function sectionsOf(
  path: readonly string[],
  rows: Readonly<Record<string, AnyRow>>,
): ReferenceSection[] {
  const entries = Object.entries(rows).map(([keyword, row]) => entryOf(keyword, row));
  const inner = Object.entries(rows).flatMap(([keyword, { shape, lost }]) =>
    typeof shape === 'string' || lost !== undefined || isAlias(rows, keyword)
      ? []
      : sectionsOf([...path, keyword], shape as Level & Readonly<Record<string, AnyRow>>),
  );
  return [{ path, entries }, ...inner];
}

/** Whether an earlier keyword has the same block. */
function isAlias(rows: Readonly<Record<string, AnyRow>>, keyword: string): boolean {
  const first = Object.keys(rows).find((name) => rows[name]?.shape === rows[keyword]?.shape);
  return first !== keyword;
}

function entryOf(keyword: string, row: AnyRow): ReferenceEntry {
  const { type = '', doc, lost, voice, default: unset = '', since = '' } = row;
  const effect = lost === undefined ? 'supported' : voice === 'silent' ? 'silent' : 'reported';
  return { keyword, type, text: lost ?? doc, default: unset, since, effect };
}

/** One table for each block. */
export function referenceMarkdown(): string {
  return reference()
    .map(({ path, entries }) => {
      const title = path.length === 0 ? 'Outside of any block' : `\`${path.join('` > `')}\``;
      const rows = entries.map((entry) => `| ${cells(entry).map(escaped).join(' | ')} |`);
      return `### ${title}\n\n| keyword | value | default | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function cells({ keyword, type, text, default: unset, since, effect }: ReferenceEntry): string[] {
  const version = since === '' ? '' : ` (keepalived ${since})`;
  const what = effect === 'supported' ? text : `No effect: ${text}.`;
  return [`\`${keyword}\``, type, unset, `${what}${version}`];
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
