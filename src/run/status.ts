/**
 * Passed, failed or inconclusive: decided here and nowhere else. A judgement counts only if every witness it needs
 * on was alive and reported everything. A missed bound in time counts only if the lateness of the machine does not
 * explain it.
 */
import type { Grounds, Judgement, Settled, Verdict, Violation } from '../assert/verdict.ts';
import { formatMicros, type Instant, type Micros, micros } from '../time.ts';

/** `inconclusive`: the measurement cannot be trusted; never called a pass. */
export type Status = 'passed' | 'failed' | 'inconclusive' | 'skipped';

/** If the machine was late by more than this part of a bound, its lateness may explain the violation. */
const LATE_SHARE = 0.2;
/** The lateness of a machine explains an excess of twice as much: the sender and the receiver may each be late. */
const EXPLAINS = 2;

export interface Standing {
  /** All witnesses of the judgement. */
  readonly grounds: readonly Grounds[];
  /** The history of the judged situation. */
  readonly basis: readonly Grounds[];
  /** Origin of the printed times. */
  readonly zero: Instant;
}

export function settle(judgement: Judgement, { grounds, basis, zero }: Standing): Settled {
  const { violations = [], tolerated = 0, doubt, ...plain } = judgement;
  if (doubt !== undefined && !plain.ok) return { ...plain, inconclusive: true };
  const astray = firstBlindness(basis, zero);
  if (astray !== undefined) return inconclusive(plain, `before that ${astray}`);
  if (plain.ok || violations.length === 0) {
    const why = firstBlindness(grounds, zero);
    return why === undefined ? plain : inconclusive(plain, why);
  }
  const judged = violations.map((one) => ({ one, excuse: excuseOf(one, zero) }));
  const definite = judged.filter(({ excuse }) => excuse === undefined);
  const first = definite[0] ?? judged[0];
  if (first === undefined) return plain;
  if (definite.length > tolerated)
    return first === judged[0] ? plain : { ...plain, because: first.one.because };
  const excused = judged.find(({ excuse }) => excuse !== undefined);
  return inconclusive(plain, excused?.excuse ?? '');
}

/** The tolerance of a bound of length `allowed` on a late machine; undefined: none. */
export function slackOf({ timeline, on, window }: Grounds, allowed: Micros): Micros | undefined {
  const late = timeline.witnesses.lateness(on, window);
  return late > LATE_SHARE * allowed ? micros(EXPLAINS * late) : undefined;
}

type Judged = Exclude<Status, 'skipped'>;

export function statusOf(verdicts: readonly Pick<Verdict, 'ok' | 'inconclusive'>[]): Judged {
  return worstOf(
    verdicts.map(({ ok, inconclusive: open }) =>
      ok ? 'passed' : open === true ? 'inconclusive' : 'failed',
    ),
  );
}

/** The status of several repeats, or of a repeat and the expectations on all repeats. */
export function worstOf(statuses: readonly Status[]): Judged {
  if (statuses.includes('failed')) return 'failed';
  return statuses.includes('inconclusive') ? 'inconclusive' : 'passed';
}

/** The status of an unfinished scenario: an observed failure stays failed. */
export function unfinishedStatus(seen?: Status): Judged {
  return seen === 'failed' ? 'failed' : 'inconclusive';
}

function inconclusive(judgement: Settled, why: string): Settled {
  const { because } = judgement;
  return { ...judgement, ok: false, inconclusive: true, because: `${because}; but ${why}` };
}

function excuseOf(violation: Violation, zero: Instant): string | undefined {
  const blind = blindness(violation, zero);
  if (blind !== undefined) return blind;
  const by = violation.by ?? violation.on;
  const slack = slackOf({ ...violation, on: by }, violation.allowed);
  if (slack === undefined || violation.persists(slack)) return undefined;
  const late = formatMicros(micros(slack / EXPLAINS));
  return `this machine was too busy: ${[...new Set(by)].map(wording).join(', ')} ran up to ${late} late`;
}

function firstBlindness(all: readonly Grounds[], zero: Instant): string | undefined {
  return all.map((grounds) => blindness(grounds, zero)).find((why) => why !== undefined);
}

function blindness({ timeline, on, window }: Grounds, zero: Instant): string | undefined {
  const blind = timeline.witnesses.blind(on, window);
  if (blind === undefined) return undefined;
  const { witness, what, from, to } = blind;
  const at = (instant: Instant): string => `${((instant - zero) / 1_000_000).toFixed(3)} s`;
  const until = to === Number.MAX_SAFE_INTEGER ? 'on' : `to ${at(to)}`;
  return `${wording(witness)} ${what} from ${at(from)} ${until}`;
}

/** `agent gw1` as `the agent of gw1`. */
function wording(witness: string): string {
  const [kind, name] = witness.split(' ');
  return `the ${kind} of ${name}`;
}
