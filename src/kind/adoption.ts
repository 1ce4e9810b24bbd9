/** A topology's text while values of users' keepalived.conf files are put into it, and the findings on the way. */
import { errorAt, type SourceIssue, warningAt } from '../errors.ts';
import type { Adopted, Extras } from '../topology/adopted.ts';
import type { TopologyText } from '../topology/file/topology-schema.ts';
import type { Path, SourceSpan, YamlSource } from '../topology/yaml/yaml-source.ts';
import { redirected } from '../topology/yaml/yaml-source.ts';

export type Mapping = Record<string, unknown>;

export type Adoption = ReturnType<typeof adoptionOf>;

export function adoptionOf(yaml: TopologyText, source: YamlSource) {
  const issues: SourceIssue[] = [];
  const text = structuredClone(yaml);
  const extras = new Map<string, Extras>();
  /** By path: the place in a keepalived.conf that a value was taken from. */
  const places = new Map<string, SourceSpan>();
  const takenFrom = (path: Path): SourceSpan | undefined => places.get(keyOf(path));
  const take = (into: Mapping, key: string, value: unknown, path: Path, at: SourceSpan): void => {
    into[key] = value;
    places.set(keyOf([...path, key]), at);
  };
  const fail = (...about: Parameters<typeof errorAt>): void => void issues.push(errorAt(...about));
  return {
    issues,
    text,
    extras,
    take,
    takenFrom,
    fail,
    /** The mapping at a path; an empty one is taken from `at` if YAML has none. */
    mapping: (into: Mapping, path: Path, at: SourceSpan): Mapping => {
      const key = String(path.at(-1));
      if (into[key] === undefined) take(into, key, {}, path.slice(0, -1), at);
      return into[key] as Mapping;
    },
    /** YAML and the file contradict each other: an error. */
    contradiction: (path: Path, written: string, says: string, at: SourceSpan): void => {
      const key = String(path.at(-1));
      fail(
        source.span(path),
        `${key} ${written} contradicts ${place(at)}, which says ${says}: the file is what runs`,
        `Correct one of them, or leave ${key} out here: what the file says is then taken.`,
      );
    },
    failAtKey: (path: Path, message: string, hint: string): void =>
      fail(source.keySpan(path), message, hint),
    warn: (...about: Parameters<typeof errorAt>): void => void issues.push(warningAt(...about)),
    /** `balancing`: nodes whose file has virtual servers. */
    result: (balancing: ReadonlySet<string>): Adopted => {
      const find = (path: Path): SourceSpan | undefined =>
        path
          .map((_, i) => takenFrom(path.slice(0, i + 1)))
          .findLast((found) => found !== undefined);
      const isForeign = (path: Path): boolean => find(path) !== undefined;
      return { text, source: redirected(source, find), isForeign, issues, extras, balancing };
    },
  };
}

function keyOf(path: Path): string {
  return path.map(String).join('\n');
}

export function place({ file, line, column }: SourceSpan): string {
  return `${file}:${line}:${column}`;
}
