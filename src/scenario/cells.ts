/** The cells of a matrix: every combination of its values. Their number is known before any is created. */
import { errorAt, type SourceIssue, suggestion } from '../errors.ts';
import type { Path, YamlSource } from '../topology/yaml/yaml-source.ts';

/** Nobody waits for more, and each takes memory. */
export const MOST_CELLS = 10_000;

export type Cell = Readonly<Record<string, unknown>>;

/**
 * `wanted`: `--matrix name=value`, which keeps the cells that have it. `values` of the answer: what a filter may ask for,
 * `advert=1s`.
 */
export function readCells(source: YamlSource, wanted: Readonly<Record<string, string>>) {
  const axes = axesOf(source.value);
  const issues: SourceIssue[] = [];
  const error = (path: Path, message: string, hint: string): void => {
    issues.push(errorAt(source.span(path), message, hint));
  };
  const names = axes.map(({ name }) => name);
  for (const name of Object.keys(wanted).filter((one) => !names.includes(one)))
    error(
      [],
      `--matrix ${name}: this file's matrix has ${names.join(', ') || 'no keys'}`,
      suggestion(name, names),
    );
  for (const { name } of axes.filter(({ values }) => values.length === 0))
    error(['matrix', name], `the matrix has no cell: "${name}" has no value`, 'Give it one.');
  const kept = axes.map(({ name, values }) => ({
    name,
    values: values.filter((one) => !Object.hasOwn(wanted, name) || String(one) === wanted[name]),
  }));
  const count = kept.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST_CELLS)
    error(
      ['matrix'],
      `the matrix has ${count} cells, and ${MOST_CELLS} is the most`,
      'Take values out, or run a part of it: --matrix NAME=VALUE.',
    );
  return {
    cells: issues.length > 0 ? [] : product(kept),
    issues,
    values: axes.flatMap(({ name, values }) => values.slice(0, 20).map((one) => `${name}=${one}`)),
  };
}

interface Axis {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Only lists count: the schema reports other values. */
function axesOf(value: unknown): Axis[] {
  const matrix = isRecord(value) && isRecord(value.matrix) ? value.matrix : {};
  return Object.entries(matrix).flatMap(([name, values]) =>
    Array.isArray(values) ? [{ name, values: values as unknown[] }] : [],
  );
}

/** The last axis varies fastest. */
function product(axes: readonly Axis[]): Cell[] {
  let cells: Cell[] = [{}];
  for (const { name, values } of axes)
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value })));
  return cells;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
