/** `set`: values put into the topology before it is checked. Their mistakes are reported where they were written. */
import { resolve } from 'node:path';
import { errorAt, type SourceIssue, suggestion } from '../errors.ts';
import { topologySchema } from '../topology/file/topology-schema.ts';
import type { Engine } from '../topology/topology.ts';
import { keysAt } from '../topology/yaml/schema-rows.ts';
import { isReserved } from '../topology/yaml/yaml-graph.ts';
import {
  type Path,
  redirected,
  type SourceSpan,
  type YamlSource,
} from '../topology/yaml/yaml-source.ts';
import { isRecord } from './cells.ts';

export interface Setting {
  /** `virtual_routers.web.advert_interval`. */
  readonly key: string;
  readonly value: unknown;
  /** Where it was written. */
  readonly span: SourceSpan;
}

export function applySettings(source: YamlSource, settings: readonly Setting[]) {
  if (settings.length === 0) return { source, value: source.value, issues: [] };
  const value = structuredClone(source.value);
  const issues = settings.flatMap((setting) => apply(value, setting) ?? []);
  const spans = new Map(settings.map(({ key, span }) => [key, span]));
  const find = (path: Path): SourceSpan | undefined => spans.get(path.join('.'));
  return { source: redirected(source, find), value, issues };
}

function apply(root: unknown, setting: Setting): SourceIssue | undefined {
  const parts = setting.key.split('.');
  const reserved = parts.find((part) => part === '' || isReserved(part));
  if (reserved !== undefined)
    return errorAt(
      setting.span,
      `"${setting.key}" is no path in a topology`,
      'Write names with dots between them: virtual_routers.web.advert_interval=100ms.',
    );
  let node = root;
  for (const [i, part] of parts.slice(0, -1).entries()) {
    const next = isRecord(node) ? below(node, parts, i) : undefined;
    if (!isRecord(next)) {
      const known = isRecord(node) ? Object.keys(node) : [];
      const message = `the topology has no "${parts.slice(0, i + 1).join('.')}"`;
      return errorAt(setting.span, message, suggestion(part, known));
    }
    node = next;
  }
  const last = parts.at(-1);
  if (isRecord(node) && last !== undefined) node[last] = coerce(setting.value);
  return undefined;
}

/** The value at `parts[i]`, turned into a mapping if the schema has one there and it was omitted or has the short form. */
function below(node: Record<string, unknown>, parts: readonly string[], i: number): unknown {
  const [part = '', key = ''] = parts.slice(i);
  const known = i === 2 && keysAt(topologySchema, parts.slice(0, i)).includes(part);
  const there = Object.hasOwn(node, part);
  const value = there ? node[part] : known ? {} : undefined;
  const next = isRecord(value) || !there ? value : longForm(parts.slice(0, i + 1), value, key);
  if (next !== undefined) node[part] = next;
  return next;
}

/** `engine: keepalived` is `engine: { kind: keepalived }`, and so on; undefined: no mapping. */
function longForm(path: readonly string[], value: unknown, key: string): object | undefined {
  const [section, , inner] = path;
  const at = `${section} ${inner} ${path.length}`;
  // A custom build needs its kind.
  if (at === 'nodes engine 3') return key === 'path' ? {} : { kind: value };
  if (at === 'nodes services 4') return { port: value };
  return at === 'virtual_servers sorry 3' ? { node: value } : undefined;
}

/** On the command line. */
export function typedAt(option: string): SourceSpan {
  return { file: option, line: 1, column: 1, typed: true };
}

/** A path that is typed is relative to the working directory, not to the topology that it is put into. */
export function typedPath(setting: Setting): Setting {
  const { key, value } = setting;
  const isPath = /^nodes\.[^.]+\.(engine\.path|config)$/.test(key) && typeof value === 'string';
  return isPath && value !== '' ? { ...setting, value: resolve(value) } : setting;
}

/** `--set` values are text; numbers and booleans mean themselves, as they would in YAML. */
function coerce(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** `--engine` and `--engine-path`: the same for every router of the topology. */
export function engineSettings(
  topology: unknown,
  engine: Engine | undefined,
  enginePath: string | undefined,
): Setting[] {
  const nodes = (topology as { nodes?: Record<string, { role?: unknown } | null> } | null)?.nodes;
  const wanted = engine ?? (enginePath === undefined ? undefined : 'keepalived');
  if (wanted === undefined || typeof nodes !== 'object' || nodes === null) return [];
  return Object.entries(nodes)
    .filter(([, node]) => node?.role === 'router')
    .flatMap(([name]) => {
      const key = `nodes.${name}.engine`;
      const kind = { key, value: { kind: wanted }, span: typedAt(`--engine ${wanted}`) };
      if (enginePath === undefined) return [kind];
      const span = typedAt(`--engine-path ${enginePath}`);
      return [kind, typedPath({ key: `${key}.path`, value: enginePath, span })];
    });
}
