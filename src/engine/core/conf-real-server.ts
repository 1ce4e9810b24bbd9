/** `real_server` and `sorry_server`. */
import { CHECKER_KEYWORDS, type CheckerAround, readChecker } from './conf-checker.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import {
  methodOf,
  type Place,
  placeOf,
  readTiming,
  TIMING_KEYWORDS,
  type TimingWords,
} from './conf-lvs-values.ts';
import type { Statement } from './conf-tree.ts';
import { UNSUPPORTED_SERVER } from './conf-unsupported.ts';
import { bool, command, integer } from './conf-values.ts';
import type { ScriptCommand } from './config.ts';
import type { CheckerConfig, ForwardingMethod, RealServerConfig } from './config-check.ts';

/** What a real server takes from its virtual server, and from the whole configuration. */
export interface ServerAround extends Pick<CheckerAround, 'logAll' | 'fileWeight'> {
  readonly timing: TimingWords;
  readonly virtualhost: string | undefined;
  readonly inhibit: boolean;
  readonly method: ForwardingMethod;
}

export interface ServerDraft {
  readonly at: Token;
  readonly place: Place;
  readonly statement: Statement;
}

export function readServerPlace(statement: Statement, findings: Findings): ServerDraft | undefined {
  const { keyword, values } = statement;
  const place = placeOf(values, keyword, findings);
  return place === undefined ? undefined : { at: keyword, place, statement };
}

interface Words {
  weight: number;
  method: ForwardingMethod | undefined;
  inhibit: boolean | undefined;
  upper: number;
  lower: number;
  up: ScriptCommand | undefined;
  down: ScriptCommand | undefined;
  mail: boolean | undefined;
  virtualhost: string | undefined;
}

type Reader = (words: Words, statement: Statement, findings: Findings) => void;

const KEYWORDS: Readonly<Record<string, Reader>> = {
  weight: (words, statement, findings) => {
    words.weight = integer(statement, 0, 65_535, findings) ?? 1;
  },
  lvs_method: (words, statement, findings) => {
    words.method = methodOf(statement, findings);
  },
  inhibit_on_failure: (words, statement, findings) => {
    words.inhibit = bool(statement, findings);
  },
  uthreshold: (words, statement, findings) => {
    words.upper = integer(statement, 0, 4_294_967_295, findings) ?? 0;
  },
  lthreshold: (words, statement, findings) => {
    words.lower = integer(statement, 0, 4_294_967_295, findings) ?? 0;
  },
  notify_up: (words, statement, findings) => {
    words.up = command(statement, findings);
  },
  notify_down: (words, statement, findings) => {
    words.down = command(statement, findings);
  },
  smtp_alert: (words, statement, findings) => {
    words.mail = bool(statement, findings);
  },
  virtualhost: (words, { values }) => {
    words.virtualhost = values[0]?.text;
  },
};

/** The whole block, once everything around it is known. */
export function readRealServer(
  { at, place, statement }: ServerDraft,
  around: ServerAround,
  findings: Findings,
): RealServerConfig {
  const words: Words = {
    weight: 1,
    method: undefined,
    inhibit: undefined,
    upper: 0,
    lower: 0,
    up: undefined,
    down: undefined,
    mail: undefined,
    virtualhost: around.virtualhost,
  };
  const timing: TimingWords = {};
  const checkers: Statement[] = [];
  if (statement.block === undefined) findings.error(at, 'real_server needs a block');
  for (const inner of statement.block ?? []) readKeyword(words, timing, checkers, inner, findings);
  if (words.lower > words.upper && words.upper > 0)
    findings.error(at, 'lthreshold is larger than uthreshold');
  const method = words.method ?? around.method;
  return {
    address: place.address,
    port: place.port,
    weight: words.weight,
    method,
    inhibit: words.inhibit ?? around.inhibit,
    upperThreshold: words.upper,
    lowerThreshold: words.lower,
    notifyUp: words.up,
    notifyDown: words.down,
    mail: words.mail,
    checkers: checkersOf(
      checkers,
      {
        ...place,
        timings: [around.timing, timing],
        virtualhost: words.virtualhost,
        logAll: around.logAll,
        fileWeight: around.fileWeight,
      },
      findings,
    ),
  };
}

function readKeyword(
  words: Words,
  timing: TimingWords,
  checkers: Statement[],
  inner: Statement,
  findings: Findings,
): void {
  const { keyword } = inner;
  const reader = Object.hasOwn(KEYWORDS, keyword.text) ? KEYWORDS[keyword.text] : undefined;
  if (reader !== undefined) reader(words, inner, findings);
  else if (CHECKER_KEYWORDS.some((one) => one === keyword.text)) checkers.push(inner);
  else if (readTiming(timing, inner, findings)) return;
  else if (!unsupported(keyword, UNSUPPORTED_SERVER, findings))
    unknownKeyword(
      keyword,
      [...Object.keys(KEYWORDS), ...CHECKER_KEYWORDS, ...TIMING_KEYWORDS],
      findings,
    );
}

function checkersOf(
  statements: readonly Statement[],
  around: CheckerAround,
  findings: Findings,
): CheckerConfig[] {
  return statements.flatMap((one) => readChecker(one, around, findings) ?? []);
}
