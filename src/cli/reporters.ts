/** `--reporter`: which reports a run writes, and where. */
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { HalabError } from '../errors.ts';
import { jsonReport } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { listReporter } from '../report/list.ts';
import type { RunListener } from '../run/listener.ts';
import { out } from './process/console.ts';
import { report } from './report-error.ts';
import { openReport } from './report-file.ts';

export interface Reporter {
  readonly kind: 'list' | 'json' | 'junit';
  readonly file: string | undefined;
}

/** The listeners that write the reports of one run. Their files are opened at once, before anything runs. */
export function reportersOf(reporters: readonly Reporter[], lost: () => void): RunListener[] {
  return reporters.map(({ kind, file }) => {
    if (file === undefined) return list();
    const opened = openReport(file);
    return {
      onEnd: async (result) => {
        try {
          await opened.write(kind === 'json' ? jsonReport(result) : junitReport(result));
        } catch (error) {
          if (!(error instanceof HalabError)) throw error;
          report(error);
          lost();
        }
      },
    };
  });
}

function list(): RunListener {
  const colour = out.live && process.env.NO_COLOR === undefined;
  return listReporter({ write: out.raw, live: out.live, colour });
}

export function reporters(text: string): Reporter[] {
  const chosen = text.split(',').map(reporter);
  const files = chosen.flatMap(({ file }) => (file === undefined ? [] : resolve(file)));
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice === undefined) return chosen;
  throw new InvalidArgumentError(`two reports in ${twice}: the second would replace the first.`);
}

function reporter(item: string): Reporter {
  // The file's name may have equals signs of its own.
  const [, kind, file] = /^([^=]*)(?:=(.*))?$/s.exec(item) ?? [];
  if (kind === 'list') return { kind, file: undefined };
  if ((kind === 'json' || kind === 'junit') && file !== undefined && file !== '')
    return { kind, file };
  throw new InvalidArgumentError(`"${item}" is no reporter: write list, json=FILE or junit=FILE.`);
}
