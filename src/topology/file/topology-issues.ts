/** The findings of a topology: a mistake in YAML is an error, one in a user's keepalived.conf a warning. */
import { type SourceIssue, suggestion } from '../../errors.ts';
import type { Path, SourceSpan, YamlSource } from '../yaml/yaml-source.ts';

/** Reports mistakes: at a path, or an unknown name there. */
export class Report {
  readonly issues: SourceIssue[];
  private readonly source: YamlSource;
  private readonly isForeign: (path: Path) => boolean;
  private readonly base: Path;

  /** `isForeign`: the value is from a user's keepalived.conf, which runs as it is: only a warning. */
  constructor(
    source: YamlSource,
    isForeign: (path: Path) => boolean,
    base: Path = [],
    issues: SourceIssue[] = [],
  ) {
    this.source = source;
    this.isForeign = isForeign;
    this.base = base;
    this.issues = issues;
  }

  /** The same report, with paths that count from there. */
  below(...path: Path): Report {
    return new Report(this.source, this.isForeign, [...this.base, ...path], this.issues);
  }

  error(path: Path, message: string, hint?: string): void {
    const whole = [...this.base, ...path];
    this.add(whole, this.source.span(whole), message, hint);
  }

  unknown(path: Path, what: string, word: string, known: readonly (string | Named)[]): void {
    const whole = [...this.base, ...path];
    // The position is the key's if the name is a key, otherwise the value's.
    const span = whole.at(-1) === word ? this.source.keySpan(whole) : this.source.span(whole);
    const names = known.map((each) => (typeof each === 'string' ? each : each.name));
    this.add(whole, span, `unknown ${what} "${word}"`, suggestion(word, names));
  }

  private add(path: Path, { file, line, column }: SourceSpan, message: string, hint?: string) {
    const severity = this.isForeign(path) ? 'warning' : 'error';
    this.issues.push({ file, line, column, severity, message, hint });
  }
}

type Named = { readonly name: string };
