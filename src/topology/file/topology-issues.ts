/** The findings of one topology: where a value stands says how much a mistake in it weighs. */
import { type SourceIssue, suggestion } from '../../errors.ts';
import type { Path, YamlSource } from '../yaml/yaml-source.ts';

/** How mistakes are told: at a path, or as an unknown name there. */
export interface Report {
  error(path: Path, message: string, hint?: string): void;
  unknown(path: Path, what: string, word: string, known: readonly string[]): void;
}

export class TopologyIssues implements Report {
  readonly issues: SourceIssue[] = [];
  private readonly source: YamlSource;
  private readonly isForeign: (path: Path) => boolean;

  /** `isForeign`: the value stands in a user's own keepalived.conf, which runs as it is: only a warning. */
  constructor(source: YamlSource, isForeign: (path: Path) => boolean) {
    this.source = source;
    this.isForeign = isForeign;
  }

  error(path: Path, message: string, hint?: string): void {
    this.add(path, this.source.span(path), message, hint);
  }

  unknown(path: Path, what: string, word: string, known: readonly string[]): void {
    // A name that is a key is shown at the key, one that is a value at the value.
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
