/** A topology's text while values of users' keepalived.conf files are put into it, and the findings on the way. */
import { errorAt, type SourceIssue, warningAt } from '../errors.ts';
import type { Adopted, Extras } from '../topology/adopted.ts';
import type { TopologyText } from '../topology/file/topology-schema.ts';
import type { Path, SourceSpan, YamlSource } from '../topology/yaml/yaml-source.ts';

export type Mapping = Record<string, unknown>;

export class Adoption {
  readonly issues: SourceIssue[] = [];
  readonly text: TopologyText;
  readonly extras = new Map<string, Extras>();
  private readonly source: YamlSource;
  /** By path: the place in a keepalived.conf that a value was taken from. */
  private readonly places = new Map<string, SourceSpan>();

  constructor(text: TopologyText, source: YamlSource) {
    this.text = structuredClone(text);
    this.source = source;
  }

  take(into: Mapping, key: string, value: unknown, path: Path, at: SourceSpan): void {
    into[key] = value;
    this.places.set(keyOf([...path, key]), at);
  }

  takenFrom(path: Path): SourceSpan | undefined {
    return this.places.get(keyOf(path));
  }

  /** The mapping at a key; an empty one is taken from `at` if YAML has none. */
  mapping(into: Mapping, key: string, path: Path, at: SourceSpan): Mapping {
    if (into[key] === undefined) this.take(into, key, {}, path.slice(0, -1), at);
    return into[key] as Mapping;
  }

  /** YAML says one thing and the file another: an error. */
  contradiction(path: Path, yaml: string, says: string, at: SourceSpan): void {
    const key = String(path.at(-1));
    this.fail(
      this.source.span(path),
      `${key} ${yaml} contradicts ${place(at)}, which says ${says}: the file is what runs`,
      `Correct one of them, or leave ${key} out here: what the file says is then taken.`,
    );
  }

  failAtKey(path: Path, message: string, hint: string): void {
    this.fail(this.source.keySpan(path), message, hint);
  }

  fail(span: SourceSpan, message: string, hint: string): void {
    this.issues.push(errorAt(span, message, hint));
  }

  warn(span: SourceSpan, message: string, hint?: string): void {
    this.issues.push(warningAt(span, message, hint));
  }

  /** `balancing`: nodes whose file has virtual servers. */
  result(balancing: ReadonlySet<string>): Adopted {
    const find = (path: Path): SourceSpan | undefined => {
      for (let length = path.length; length > 0; length--) {
        const found = this.takenFrom(path.slice(0, length));
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const { text, source, issues, extras } = this;
    return {
      text,
      source: {
        ...source,
        span: (path) => find(path) ?? source.span(path),
        keySpan: (path) => find(path) ?? source.keySpan(path),
      },
      isForeign: (path) => find(path) !== undefined,
      issues,
      extras,
      balancing,
    };
  }
}

function keyOf(path: Path): string {
  return path.map(String).join('\n');
}

export function place({ file, line, column }: SourceSpan): string {
  return `${file}:${line}:${column}`;
}
