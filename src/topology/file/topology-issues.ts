/** The findings of a topology: a mistake in YAML is an error, one in a user's keepalived.conf a warning. */
import { type SourceIssue, suggestion } from '../../errors.ts';
import type { Path, SourceSpan, YamlSource } from '../yaml/yaml-source.ts';

/** Reports mistakes: at a path, or an unknown name there. */
export interface Report {
  readonly issues: SourceIssue[];
  /** The same report, with paths that count from there. */
  below(...path: Path): Report;
  error(path: Path, message: string, hint?: string): void;
  unknown(path: Path, what: string, word: string, known: readonly (string | Named)[]): void;
}

type Named = { readonly name: string };

/** `isForeign`: the value is from a user's keepalived.conf, which runs as it is: only a warning. */
export function reportOn(
  source: YamlSource,
  isForeign: (path: Path) => boolean = () => false,
  issues: SourceIssue[] = [],
  base: Path = [],
): Report {
  const add = (path: Path, span: SourceSpan, message: string, hint?: string): void => {
    const { file, line, column } = span;
    const severity = isForeign(path) ? 'warning' : 'error';
    issues.push({ file, line, column, severity, message, hint });
  };
  return {
    issues,
    below: (...path) => reportOn(source, isForeign, issues, [...base, ...path]),
    error: (path, message, hint) => {
      const whole = [...base, ...path];
      add(whole, source.span(whole), message, hint);
    },
    unknown: (path, what, word, known) => {
      const whole = [...base, ...path];
      // The position is the key's if the name is a key, otherwise the value's.
      const span = whole.at(-1) === word ? source.keySpan(whole) : source.span(whole);
      const names = known.map((each) => (typeof each === 'string' ? each : each.name));
      add(whole, span, `unknown ${what} "${word}"`, suggestion(word, names));
    },
  };
}
