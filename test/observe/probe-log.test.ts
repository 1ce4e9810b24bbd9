import { describe, expect, it } from 'vitest';
import { ProbeLog } from '../../src/observe/probe-log.ts';
import { instant, micros, milliseconds } from '../../src/time.ts';

/** Asks every 5 ms from 0; `answer` names who answers each, undefined for nobody. */
function logOf(
  count: number,
  answer: (sequence: number) => string | undefined,
  asks: (sequence: number) => boolean = () => true,
): ProbeLog {
  const log = new ProbeLog('vip', 'client', milliseconds(5));
  for (let i = 0; i < count; i++) {
    if (!asks(i)) continue;
    log.request(i, instant(i * 5_000));
    const node = answer(i);
    if (node !== undefined) log.reply(i, instant(i * 5_000 + 60), node);
  }
  return log;
}

const ALL = { from: instant(0), to: instant(10_000_000) };

describe('the log of a probe', () => {
  it('has no hole if everything is answered', () => {
    expect(logOf(200, () => 'gw1').holes(ALL)).toEqual([]);
  });

  it('measures a hole from the last reply before to the first reply after it', () => {
    const log = logOf(200, (i) => (i >= 50 && i < 100 ? undefined : i < 50 ? 'gw1' : 'gw2'));
    expect(log.longestHole(ALL)).toEqual({ from: 49 * 5_000 + 60, to: 100 * 5_000 + 60, lost: 50 });
    expect(log.settledOn('gw2', ALL)).toBe(100 * 5_000 + 60);
    expect(log.settledOn('gw1', { from: instant(49 * 5_000 + 61), to: ALL.to })).toBeUndefined();
  });

  it('says of a hole that has not ended that it has not', () => {
    const log = logOf(200, (i) => (i >= 50 ? undefined : 'gw1'));
    expect(log.longestHole(ALL)?.to).toBeUndefined();
    expect(log.settledOn('gw1', ALL)).toBeUndefined();
  });

  it('does not count the youngest requests as lost: they may still be answered', () => {
    const log = logOf(200, (i) => (i >= 195 ? undefined : 'gw1'));
    expect(log.holes({ from: instant(0), to: instant(199 * 5_000 + 10) })).toEqual([]);
  });

  it('counts numbers that never reached the wire as lost', () => {
    const log = logOf(
      200,
      () => 'gw1',
      (i) => i < 50 || i >= 100,
    );
    expect(log.longestHole(ALL)).toEqual({ from: 49 * 5_000 + 60, to: 100 * 5_000 + 60, lost: 50 });
    expect(log.count(ALL)).toEqual({ asked: 200, answered: 150 });
  });

  it('ignores a number that its sender cannot have reached: it is of a foreign packet', () => {
    const log = logOf(200, () => 'gw1');
    const before = log.count(ALL);
    log.request(999_999_999_999_999, instant(199 * 5_000 + 10));
    log.reply(999_999_999_999_999, instant(199 * 5_000 + 20), 'gw2');
    expect(log.count(ALL)).toEqual(before);
    expect(log.holes(ALL)).toEqual([]);
  });

  it('is steady only after replies have kept coming', () => {
    const log = logOf(110, (i) => (i >= 50 && i < 100 ? undefined : 'gw1'));
    const now = instant(109 * 5_000 + 100);
    expect(log.steadySince(instant(0), now, milliseconds(20))).toBe(true);
    expect(log.steadySince(instant(0), now, milliseconds(100))).toBe(false);
  });

  it("takes the first of two owners' replies", () => {
    const log = logOf(10, () => 'gw1');
    log.reply(3, instant(3 * 5_000 + 90), 'gw2');
    expect(log.settledOn('gw2', ALL)).toBeUndefined();
  });

  it('knows how far an idle probe strayed from its rhythm', () => {
    const log = new ProbeLog('noise', 'client', milliseconds(5));
    for (const [i, at] of [0, 5_000, 17_000, 20_000].entries()) {
      log.request(i, instant(at));
      log.reply(i, instant(at + 80), 'witness');
    }
    expect(log.worstDelay(ALL)).toBe(micros(7_000));
  });
});
