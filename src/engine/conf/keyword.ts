/**
 * A keyword of keepalived.conf as one row of a table: its place (the table), its value, its reader and printer,
 * and its documentation. Parser, printer and keyword reference use the same rows. Rows are printed in this order.
 */
import type { Shape, Statement } from '../text/tree.ts';

/** How a value is written. `read` returns undefined if the keyword has no effect; errors are reported. */
export interface Codec<T> {
  readonly shape: Shape;
  /** Type, unit and range, for the reference. */
  readonly type: string;
  readonly read: (statement: Statement, before?: T) => T | undefined;
  /** The words after the keyword; empty: the keyword has no value. */
  readonly print: (value: T) => string;
}
type Reader<T> = Omit<Codec<T>, 'print'> & Partial<Pick<Codec<T>, 'print'>>;

/** `D`: the draft it is read into. `C`: the configuration it is printed from. `X`: the context of its reader. */
export interface Row<D, C, X = unknown> {
  readonly shape: Shape;
  /** Empty: ignored words, or none. */
  readonly type?: string;
  /** Its effect in one sentence. */
  readonly doc: string;
  /** keepalived's default as text. */
  readonly default?: string | undefined;
  /** The first version of keepalived that knows it, where that is newer than 2.0. */
  readonly since?: string | undefined;
  /** Accepted without effect: why nothing replaces it, or what does. */
  readonly lost?: string;
  /** How the loss is reported: keepalived reports it, too (warning); or nothing important is lost (silent) [note]. */
  readonly voice?: 'note' | 'warning' | 'silent';
  readonly read?: (draft: D, statement: Statement, context: X) => void;
  readonly print?: (config: C, keyword: string) => readonly string[];
}

export type Rows<D, C, X = unknown> = Readonly<Record<string, Row<D, C, X>>>;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Options<T> {
  /** keepalived's default, which is not printed. */
  readonly default?: T;
  /** The default as text, where it is no value of the codec. */
  readonly unset?: string;
  /** Printed even if it is the default. */
  readonly always?: true;
  /** Taken where the value is wrong [the value before]. */
  readonly otherwise?: T;
  readonly shape?: Shape;
  readonly since?: string;
}

type Value<D, K extends keyof D> = NonNullable<D[K]>;

/** A keyword that is read into a field of the draft and not printed, because another keyword or block prints it. */
export function input<D, C, X, K extends keyof D>(
  key: K,
  codec: Reader<Value<D, K>>,
  doc: string,
  options: Options<Value<D, K>> = {},
): Row<D, C, X> {
  const { default: unset, otherwise, shape = codec.shape, since } = options;
  return {
    shape,
    type: codec.type,
    doc,
    default: options.unset ?? (unset === undefined ? undefined : codec.print?.(unset) || 'off'),
    since,
    read: (draft, statement) => {
      const value = codec.read(statement, draft[key] ?? undefined) ?? otherwise;
      if (value !== undefined) draft[key] = value;
    },
  };
}

/** A keyword that is read into a field of the draft and printed from what `of` finds in the configuration. */
export function fieldOf<D, C, X, K extends keyof D>(
  key: K,
  of: (config: C) => Value<D, K> | undefined,
  codec: Codec<Value<D, K>>,
  doc: string,
  options: Options<Value<D, K>> = {},
): Row<D, C, X> {
  return {
    ...input<D, C, X, K>(key, codec, doc, options),
    print: (config, keyword) => {
      const value = of(config);
      const empty = Array.isArray(value) && value.length === 0;
      const given = value !== undefined && !empty && (options.always || value !== options.default);
      return given ? [line(keyword, codec.print(value))] : [];
    },
  };
}

/** A keyword that is one field of the configuration. */
export function field<D, C, X, K extends keyof D & keyof C>(
  key: K,
  codec: Codec<Value<D, K> & Value<C, K>>,
  doc: string,
  options: Options<Value<D, K> & Value<C, K>> = {},
): Row<D, C, X> {
  const of = (config: C) => config[key] as Value<D, K> | undefined;
  return fieldOf(key, of, codec as unknown as Codec<Value<D, K>>, doc, options as never);
}

/** Rows for a part of the draft and a part of the configuration, which nothing is printed of if it is undefined. */
export function through<D, C, X, E, F>(
  ofDraft: (draft: D) => E,
  ofConfig: (config: C) => F | undefined,
  rows: Rows<E, F, X>,
): Rows<D, C, X> {
  return mapRows(rows, ({ read, print, ...row }) => ({
    ...row,
    ...(read && { read: (draft, ...rest) => read(ofDraft(draft), ...rest) }),
    ...(print && {
      print: (config, keyword) => {
        const part = ofConfig(config);
        return part === undefined ? [] : print(part, keyword);
      },
    }),
  }));
}

/** Rows for a part that has the same name in both. */
export function within<D, C, X, K extends keyof D & keyof C>(
  key: K,
  rows: Rows<D[K], NonNullable<C[K]>, X>,
): Rows<D, C, X> {
  return through(
    (draft: D) => draft[key],
    (config: C) => config[key] ?? undefined,
    rows,
  );
}

/** Rows that are read into a part of the draft and not printed. */
export function inputs<D, C, X, K extends keyof D>(
  key: K,
  rows: Rows<D[K], never, X>,
): Rows<D, C, X> {
  return mapRows(rows, ({ read, print: _, ...row }) => ({
    ...row,
    ...(read && { read: (draft, ...rest) => read(draft[key], ...rest) }),
  }));
}

/** A block whose lines are entries of one list. */
export function list<
  K extends string,
  D extends Readonly<Record<K, T[]>>,
  C extends Readonly<Record<K, readonly U[]>>,
  X,
  T,
  U,
>(
  key: K,
  doc: string,
  type: string,
  read: (entry: Statement, context: X, draft: D) => T | undefined,
  print: (one: U) => string,
): Row<D, C, X> {
  return {
    shape: 'lines',
    type,
    doc,
    read: (draft, { block: entries }, context) => {
      for (const entry of entries ?? []) {
        const found = read(entry, context, draft);
        if (found !== undefined) draft[key].push(found);
      }
    },
    print: (config, keyword) => blockOf(keyword, config[key].map(print)),
  };
}

export function mapRows<A, B>(
  rows: Readonly<Record<string, A>>,
  change: (row: A, keyword: string) => B,
): Record<string, B> {
  return Object.fromEntries(
    Object.entries(rows).map(([keyword, row]) => [keyword, change(row, keyword)]),
  );
}

/** Keywords that are accepted without effect, which is reported with the reason. */
export function lost(
  reason: string,
  keywords: string,
  {
    shape = 'words',
    voice,
  }: { readonly shape?: Shape; readonly voice?: 'warning' | 'silent' } = {},
): Rows<unknown, unknown> {
  const row = { shape, doc: '', lost: reason, ...(voice === undefined ? {} : { voice }) };
  return Object.fromEntries(
    keywords
      .trim()
      .split(/\s+/)
      .map((keyword) => [keyword, row]),
  );
}

/** A row under its keyword and under an older one, which is not printed. */
export function withAlias<D, C, X>(
  keyword: string,
  alias: string,
  row: Row<D, C, X>,
): Rows<D, C, X> {
  const { print: _, since: __, ...older } = row;
  return { [keyword]: row, [alias]: { ...older, doc: `Another spelling of \`${keyword}\`.` } };
}

export function line(keyword: string, words: string): string {
  return words === '' ? keyword : `${keyword} ${words}`;
}

/** How a keyword is printed that has a value in some configurations only. */
export function optional<C, T>(
  of: (config: C) => T | undefined,
  print: (value: T) => string,
): NonNullable<Row<never, C>['print']> {
  return (config, keyword) => {
    const value = of(config);
    return value === undefined ? [] : [line(keyword, print(value))];
  };
}

/** What a table says of a word. */
export function rowOf<T>(rows: Readonly<Record<string, T>>, keyword: string): T | undefined {
  return Object.hasOwn(rows, keyword) ? rows[keyword] : undefined;
}

export function readRow<D, C, X>(
  rows: Rows<D, C, X>,
  draft: D,
  statement: Statement,
  context: X,
): void {
  const row = rowOf(rows, statement.keyword.text);
  row?.read?.(draft, statement, context);
  if (row !== undefined) reportLost(row, statement);
}

/** Reports what is lost with a keyword without effect. */
export function reportLost(
  { lost: reason, voice = 'note' }: Pick<Row<never, never>, 'lost' | 'voice'>,
  { keyword }: Statement,
): void {
  if (reason === undefined || voice === 'silent') return;
  keyword[voice](`"${keyword.text}" is not supported and ignored: ${reason}`);
}

export function readRows<D, C, X>(
  rows: Rows<D, C, X>,
  draft: D,
  statements: readonly Statement[] | undefined,
  context: X,
): D {
  for (const statement of statements ?? []) readRow(rows, draft, statement, context);
  return draft;
}

export function printRows<D, C, X>(rows: Rows<D, C, X>, config: C): string[] {
  return Object.entries(rows).flatMap(([keyword, { print }]) => print?.(config, keyword) ?? []);
}

/** A block, its lines indented. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((text) => `    ${text}`), '}'];
}

/** The block of a part that a configuration may not have. */
export function blockFor<C>(keyword: string, rows: Rows<never, C, never>, config: C | undefined) {
  return config === undefined ? [] : block(keyword, printRows(rows, config));
}

/** A block that is left out if it is empty. */
export function blockOf(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : block(head, lines);
}
