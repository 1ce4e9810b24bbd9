/** `real_server` and `sorry_server` as they are written. What they inherit comes later. */

import type { ScriptCommand } from '../core/config.ts';
import type { TrackFileConfig } from '../core/config-track.ts';
import { type CheckerDraft, readChecker } from './checker.ts';
import { type Findings, unsupported } from './findings.ts';
import type { Token } from './lexer.ts';
import {
  type MethodDraft,
  MOST_UNSIGNED,
  MOST_WEIGHT,
  type Place,
  placeOf,
  readMethod,
  readNotify,
  readTiming,
  type TimingWords,
} from './lvs-values.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_SERVER } from './unsupported.ts';
import { bool, integer, readWord } from './values.ts';

export interface ServerDraft {
  readonly at: Token;
  readonly place: Place;
  readonly timing: TimingWords;
  readonly checkers: CheckerDraft[];
  /** At first that of the virtual server, as far as it was read. */
  method: MethodDraft;
  weight: number | undefined;
  inhibit: boolean | undefined;
  upper: number;
  lower: number;
  up: ScriptCommand | undefined;
  down: ScriptCommand | undefined;
  mail: boolean | undefined;
  virtualhost: string | undefined;
}

export interface SorryDraft {
  readonly place: Place;
  method: MethodDraft;
  inhibit: boolean;
}

type Reader = (draft: ServerDraft, statement: Statement, findings: Findings) => void;

const KEYWORDS: Readonly<Record<string, Reader>> = {
  weight: (draft, statement, findings) => {
    draft.weight = integer(statement, 0, MOST_WEIGHT, findings) ?? draft.weight;
  },
  lvs_method: (draft, statement, findings) => {
    draft.method = readMethod(draft.method, statement, findings);
  },
  inhibit_on_failure: (draft, statement, findings) => {
    draft.inhibit = bool(statement, findings) ?? draft.inhibit;
  },
  uthreshold: (draft, statement, findings) => {
    draft.upper = integer(statement, 0, MOST_UNSIGNED, findings) ?? draft.upper;
  },
  lthreshold: (draft, statement, findings) => {
    draft.lower = integer(statement, 0, MOST_UNSIGNED, findings) ?? draft.lower;
  },
  notify_up: (draft, statement, findings) => {
    draft.up = readNotify(draft.up, statement, findings);
  },
  notify_down: (draft, statement, findings) => {
    draft.down = readNotify(draft.down, statement, findings);
  },
  smtp_alert: (draft, statement, findings) => {
    draft.mail = bool(statement, findings) ?? draft.mail;
  },
  virtualhost: (draft, statement, findings) => {
    draft.virtualhost = readWord(statement, findings) ?? draft.virtualhost;
  },
};

/** Undefined: it has no address or no port that is one, and is ignored with its block. */
export function readRealServer(
  statement: Statement,
  method: MethodDraft,
  files: readonly TrackFileConfig[],
  findings: Findings,
): ServerDraft | undefined {
  const place = placeOf(statement, findings);
  if (place === undefined) return undefined;
  const draft: ServerDraft = {
    at: statement.keyword,
    place,
    timing: {},
    checkers: [],
    method,
    weight: undefined,
    inhibit: undefined,
    upper: 0,
    lower: 0,
    up: undefined,
    down: undefined,
    mail: undefined,
    virtualhost: undefined,
  };
  const context = { place, files };
  for (const inner of statement.block ?? []) {
    const { text } = inner.keyword;
    const reader = Object.hasOwn(KEYWORDS, text) ? KEYWORDS[text] : undefined;
    if (reader !== undefined) reader(draft, inner, findings);
    else if (!readChecker(draft.checkers, inner, context, findings))
      if (!readTiming(draft.timing, inner, 'real server', findings))
        unsupported(inner.keyword, UNSUPPORTED_SERVER, findings);
  }
  if (draft.lower > draft.upper)
    findings.warning(draft.at, 'lthreshold is larger than uthreshold: the kernel refuses that');
  return draft;
}

/** Whether they are one for keepalived: before any port is taken from the virtual server. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.address === b.address && a.port === b.port;
}
