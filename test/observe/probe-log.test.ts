import { describe, expect, it } from 'vitest';
import { ProbeLog } from '../../src/observe/probe-log.ts';
import { instant, micros, milliseconds } from '../../src/time.ts';

/** Sends every 5 ms from 0; `answer` names the answering node, undefined: no answer. */
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
  it('has no gap if every request is answered', () => {
    expect(logOf(200, () => 'gw1').holes(ALL)).toEqual([]);
  });

  it('measures a gap from the last reply before it to the first reply after it', () => {
    const log = logOf(200, (i) => (i >= 50 && i < 100 ? undefined : i < 50 ? 'gw1' : 'gw2'));
    expect(log.longestHole(ALL)).toEqual({ from: 49 * 5_000 + 60, to: 100 * 5_000 + 60, lost: 50 });
    expect(log.settledOn('gw2', ALL)).toBe(100 * 5_000 + 60);
    expect(log.settledOn('gw1', { from: instant(49 * 5_000 + 61), to: ALL.to })).toBeUndefined();
  });

  it('marks a gap that has not ended', () => {
    const log = logOf(200, (i) => (i >= 50 ? undefined : 'gw1'));
    expect(log.longestHole(ALL)?.to).toBeUndefined();
    expect(log.settledOn('gw1', ALL)).toBeUndefined();
  });

  it('does not count the newest requests as lost: they may still be answered', () => {
    const log = logOf(200, (i) => (i >= 195 ? undefined : 'gw1'));
    expect(log.holes({ from: instant(0), to: instant(199 * 5_000 + 10) })).toEqual([]);
  });

  it('counts sequence numbers that never reached the wire as lost', () => {
    const log = logOf(
      200,
      () => 'gw1',
      (i) => i < 50 || i >= 100,
    );
    expect(log.longestHole(ALL)).toEqual({ from: 49 * 5_000 + 60, to: 100 * 5_000 + 60, lost: 50 });
    expect(log.count(ALL)).toEqual({ asked: 200, answered: 150 });
  });

  it('ignores a sequence number that its sender cannot have reached: the packet is foreign', () => {
    const log = logOf(200, () => 'gw1');
    const before = log.count(ALL);
    log.request(999_999_999_999_999, instant(199 * 5_000 + 10));
    log.reply(999_999_999_999_999, instant(199 * 5_000 + 20), 'gw2');
    expect(log.count(ALL)).toEqual(before);
    expect(log.holes(ALL)).toEqual([]);
  });

  it('is steady only after continuous replies', () => {
    const log = logOf(110, (i) => (i >= 50 && i < 100 ? undefined : 'gw1'));
    const now = instant(109 * 5_000 + 100);
    expect(log.steadySince(instant(0), now, milliseconds(20))).toBe(true);
    expect(log.steadySince(instant(0), now, milliseconds(100))).toBe(false);
  });

  it("counts the first of two owners' replies", () => {
    const log = logOf(10, () => 'gw1');
    log.reply(3, instant(3 * 5_000 + 90), 'gw2');
    expect(log.settledOn('gw2', ALL)).toBeUndefined();
  });

  it('measures the timing error of an idle probe', () => {
    const log = new ProbeLog('noise', 'client', milliseconds(5));
    for (const [i, at] of [0, 5_000, 17_000, 20_000].entries()) {
      log.request(i, instant(at));
      log.reply(i, instant(at + 80), 'witness');
    }
    expect(log.worstDelay(ALL)).toBe(micros(7_000));
  });
});
