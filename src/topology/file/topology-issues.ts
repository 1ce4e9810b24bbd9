/** The findings of a topology: a mistake in YAML is an error, one in a user's keepalived.conf a warning. */
import { type SourceIssue, suggestion } from '../../errors.ts';
import type { Path, YamlSource } from '../yaml/yaml-source.ts';

/** Reports mistakes: at a path, or an unknown name there. */
export interface Report {
  error(path: Path, message: string, hint?: string): void;
  unknown(path: Path, what: string, word: string, known: readonly string[]): void;
}

export class TopologyIssues implements Report {
  readonly issues: SourceIssue[] = [];
  private readonly source: YamlSource;
  private readonly isForeign: (path: Path) => boolean;

  /** `isForeign`: the value is from a user's keepalived.conf, which runs as it is: only a warning. */
  constructor(source: YamlSource, isForeign: (path: Path) => boolean) {
    this.source = source;
    this.isForeign = isForeign;
  }

  error(path: Path, message: string, hint?: string): void {
    this.add(path, this.source.span(path), message, hint);
  }

  unknown(path: Path, what: string, word: string, known: readonly string[]): void {
    // The position is the key's if the name is a key, otherwise the value's.
    const span = path.at(-1) === word ? this.source.keySpan(path) : this.source.span(path);
    this.add(path, span, `unknown ${what} "${word}"`, suggestion(word, known));
  }

  private add(
    path: Path,
    { file, line, column }: Pick<SourceIssue, 'file' | 'line' | 'column'>,
    message: string,
    hint: string | undefined,
  ): void {
    const severity = this.isForeign(path) ? 'warning' : 'error';
    const more = hint === undefined ? {} : { hint };
    this.issues.push({ file, line, column, severity, message, ...more });
  }
}
