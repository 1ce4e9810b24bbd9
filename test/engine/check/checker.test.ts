import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createChecker,
  nextCheckerDeadline,
  probeEnded,
  startChecker,
  wakeChecker,
} from '../../../src/engine/check/checker.ts';
import type { CheckTiming } from '../../../src/engine/core/config-checker.ts';
import {
  type Instant,
  instant,
  type Micros,
  micros,
  milliseconds,
  plus,
} from '../../../src/time.ts';
import { downBounds } from '../../support/down-bounds.ts';

const TIMING: CheckTiming = {
  interval: milliseconds(1_000),
  timeout: milliseconds(500),
  fall: 2,
  rise: 2,
  retryDelay: milliseconds(200),
  warmup: micros(0),
  initial: 'up',
};

interface Flip {
  readonly at: Instant;
  readonly up: boolean | undefined;
}

/** Runs a checker against a server that answers after `answer(started)`; undefined: never. */
function run(
  timing: CheckTiming,
  until: number,
  answer: (started: Instant) => { readonly after: Micros; readonly ok: boolean } | undefined,
): { flips: Flip[]; starts: Instant[]; most: number } {
  const state = createChecker(timing);
  const flips: Flip[] = [];
  const starts: Instant[] = [];
  let ends: { at: Instant; probe: number; ok: boolean } | undefined;
  let most = 0;
  const note = (at: Instant, changed: boolean): void => {
    if (changed) flips.push({ at, up: state.up });
  };
  startChecker(state, instant(0));
  for (;;) {
    const wakeAt = nextCheckerDeadline(state);
    const at = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, ends?.at ?? Number.POSITIVE_INFINITY);
    if (at > until) return { flips, starts, most };
    const now = instant(at);
    if (ends !== undefined && ends.at <= at) {
      const { probe, ok } = ends;
      ends = undefined;
      note(now, probeEnded(state, probe, ok, now));
      continue;
    }
    const changed = wakeChecker(state, now, (effect) => {
      if (effect.kind === 'abort') {
        ends = undefined;
        probeEnded(state, effect.probe, true, now);
        return;
      }
      most = Math.max(most, ends === undefined ? 1 : 2);
      starts.push(now);
      const answered = answer(now);
      ends = answered && { at: plus(now, answered.after), probe: effect.probe, ok: answered.ok };
    });
    note(now, changed);
  }
}

const at = (flips: readonly Flip[]): string[] =>
  flips.map((flip) => `${flip.at / 1_000} ${flip.up === true ? 'up' : 'down'}`);
const quick = micros(1_000);

describe('a check', () => {
  it('is down after retry + 1 failures, delay_before_retry apart, and up after rise successes', () => {
    const { flips, starts } = run(TIMING, 6_000_000, (now) => ({
      after: quick,
      ok: now < 1_500_000 || now > 3_500_000,
    }));
    expect(at(flips)).toEqual(['2202 down', '5202 up']);
    expect(starts.slice(0, 5).map((at) => at / 1_000)).toEqual([0, 1_000, 2_000, 2_201, 3_201]);
  });

  it('starts at most a hundred probes a second at any interval', () => {
    const busy = { ...TIMING, interval: micros(1), retryDelay: undefined };
    const { starts } = run(busy, 1_000_000, () => ({ after: quick, ok: true }));
    expect(starts).toHaveLength(101);
  });

  it('counts a timeout as a failure at once, and ignores a later result', () => {
    const timing = { ...TIMING, retryDelay: undefined, fall: 1 };
    const state = createChecker(timing);
    startChecker(state, instant(0));
    const lines: string[] = [];
    const wake = (now: number): boolean =>
      wakeChecker(state, instant(now), (effect) => lines.push(`${now / 1_000} ${effect.kind}`));
    expect(wake(0)).toBe(false);
    expect(wake(500_000)).toBe(true);
    expect(state.up).toBe(false);
    expect(probeEnded(state, 1, true, instant(600_000))).toBe(false);
    expect(state).toMatchObject({ up: false, contrary: 0, flight: 'none' });
    expect(lines).toEqual(['0 probe', '500 abort']);
  });

  it('has one probe in flight: while it hangs, the next ones are skipped; it is killed after 2 s', () => {
    const state = createChecker({ ...TIMING, retryDelay: undefined });
    startChecker(state, instant(0));
    const lines: string[] = [];
    for (let now = nextCheckerDeadline(state); now !== undefined && now < 4_500_000; ) {
      const when = now;
      wakeChecker(state, when, (effect) =>
        lines.push(`${when / 1_000} ${effect.kind === 'abort' ? effect.signal : 'probe'}`),
      );
      now = nextCheckerDeadline(state);
    }
    expect(lines).toEqual(['0 probe', '500 SIGTERM', '2500 SIGKILL']);
    expect(state.skipped).toBe(4);
    probeEnded(state, 1, true, instant(4_500_000));
    expect(state.flight).toBe('none');
  });

  it('with alpha is down until the first success; without alpha it starts up', () => {
    expect(createChecker({ ...TIMING, initial: 'down' }).up).toBe(false);
    const { flips } = run({ ...TIMING, initial: 'down', rise: 1 }, 900_000, () => ({
      after: quick,
      ok: true,
    }));
    expect(at(flips)).toEqual(['1 up']);
  });

  it('ignores the result of another probe', () => {
    const state = createChecker({ ...TIMING, fall: 1 });
    startChecker(state, instant(0));
    wakeChecker(state, instant(0), () => {});
    expect(probeEnded(state, 7, false, instant(1))).toBe(false);
    expect(state.flight).toBe('waiting');
  });
});

const anyTiming = fc
  .record({
    interval: fc.integer({ min: 50, max: 5_000 }),
    timeout: fc.integer({ min: 1, max: 100 }),
    fall: fc.integer({ min: 1, max: 5 }),
    rise: fc.integer({ min: 1, max: 5 }),
    retryDelay: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
  })
  .map(({ interval, timeout, fall, rise, retryDelay }) => ({
    interval: milliseconds(interval),
    // H1 requires timeout <= interval.
    timeout: milliseconds(Math.max(1, (interval * timeout) / 100)),
    fall,
    rise,
    retryDelay: retryDelay === undefined ? undefined : milliseconds(retryDelay),
    warmup: micros(0),
    initial: 'up' as const,
  }));

describe('a step failure (invariants H1 to H4)', () => {
  it('is declared within [(fall - 1) x interval, fall x interval + timeout], never earlier', () => {
    fc.assert(
      fc.property(anyTiming, fc.nat(5_000_000), fc.boolean(), (timing, t0, hangs) => {
        const { earliest, latest } = downBounds(timing);
        const { flips } = run(timing, t0 + latest + 1, (now) => {
          const after = micros(Math.min(1_000, timing.timeout - 1));
          if (now + after < t0) return { after, ok: true };
          return hangs ? undefined : { after, ok: false };
        });
        const down = flips.find(({ up }) => up === false);
        expect(down).toBeDefined();
        const took = (down?.at ?? 0) - t0;
        expect(took).toBeGreaterThanOrEqual(earliest);
        expect(took).toBeLessThanOrEqual(latest);
        if (timing.retryDelay === undefined)
          expect(latest).toBe(timing.fall * timing.interval + timing.timeout);
      }),
      { numRuns: 2_000 },
    );
  });

  it('changes only after fall or rise contrary results in a row, with one probe at a time', () => {
    fc.assert(
      fc.property(anyTiming, fc.array(fc.boolean(), { maxLength: 40 }), (timing, results) => {
        let i = 0;
        let inRow = 0;
        let verdict = true;
        const expected: boolean[] = [];
        const { flips, most } = run(timing, 100_000_000, () => {
          const ok = results[i++];
          if (ok === undefined) return undefined;
          inRow = ok === verdict ? 0 : inRow + 1;
          if (inRow > 0 && inRow >= (verdict ? timing.fall : timing.rise)) {
            verdict = ok;
            inRow = 0;
            expected.push(ok);
          }
          return { after: micros(Math.min(1_000, timing.timeout - 1)), ok };
        });
        expect(flips.map(({ up }) => up).slice(0, expected.length)).toEqual(expected);
        expect(most).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
