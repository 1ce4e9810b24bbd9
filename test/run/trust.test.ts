import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/assert/verdict.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { phasesOf, strikeAt } from '../../src/run/phase.ts';
import type { RepeatResult } from '../../src/run/result.ts';
import { trustOf } from '../../src/run/trust.ts';
import { instant, micros } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);

function verdict(measured: number, bound: number): Verdict {
  const where = { file: 's.yaml', line: 1, column: 1 };
  return {
    assertion: 'detection',
    text: '',
    where,
    step: undefined,
    ok: measured <= bound,
    measured: { kind: 'time', value: micros(measured) },
    bound: { kind: 'time', value: micros(bound) },
    because: '',
    evidence: [],
  };
}

const noisy = (noise: number): RepeatResult[] => [{ noise: micros(noise) } as RepeatResult];

describe('trust', () => {
  it('calls a capture that lost frames inconclusive, even if everything passed', () => {
    const timeline = new Timeline(topology);
    timeline.add({
      kind: 'capture-drops',
      at: instant(1),
      source: 'tap',
      node: undefined,
      segment: 'lan',
      count: 3,
    });
    expect(trustOf('passed', [timeline], noisy(0), [verdict(1, 2)])).toEqual({
      status: 'inconclusive',
      reason: 'the capture lost 3 frames',
    });
  });

  it('calls a narrow miss on a busy machine inconclusive', () => {
    expect(trustOf('failed', [], noisy(50_000), [verdict(130_000, 100_000)])).toMatchObject({
      status: 'inconclusive',
    });
  });

  it('does so for a long bound, too: what it leaves to the machine is as short as in a short one', () => {
    const missed = [verdict(582_800, 550_000)];
    expect(trustOf('failed', [], noisy(85_000), missed).status).toBe('inconclusive');
    expect(trustOf('failed', [], noisy(29_000), missed).status).toBe('failed');
    expect(trustOf('failed', [], noisy(31_000), missed).status).toBe('failed');
  });

  it('calls a wide miss, or a miss on a quiet machine, failed', () => {
    expect(trustOf('failed', [], noisy(50_000), [verdict(900_000, 100_000)]).status).toBe('failed');
    expect(trustOf('failed', [], noisy(2_000), [verdict(101_000, 100_000)]).status).toBe('failed');
  });

  it('never makes noise an excuse for what is no time', () => {
    const wrong: Verdict = {
      ...verdict(2, 1),
      measured: { kind: 'words', value: 'gw2' },
      bound: { kind: 'words', value: 'gw1' },
    };
    expect(trustOf('failed', [], noisy(9_000_000), [wrong]).status).toBe('failed');
  });
});

describe('the phase of a fault', () => {
  it('stratified, strikes each part of the interval once, in shuffled order', () => {
    const phases = phasesOf({ count: 20, phase: 'stratified', fresh: false }, 1);
    expect([...phases].sort((a, b) => a - b).map((phase) => Math.floor(phase * 20))).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(phases).not.toEqual([...phases].sort((a, b) => a - b));
    expect(phases).toEqual(phasesOf({ count: 20, phase: 'stratified', fresh: false }, 1));
  });

  it('fixed, is always the same', () => {
    expect(phasesOf({ count: 3, phase: 0.25, fresh: false }, 1)).toEqual([0.25, 0.25, 0.25]);
  });

  it("is counted from the owner's adverts, never in the past, away from the adverts themselves", () => {
    const timeline = new Timeline(topology);
    const address = topology.virtualRouters[0]?.addresses[0]?.address;
    if (address === undefined) throw new Error('the pair has an address');
    timeline.add({
      kind: 'address-added',
      at: instant(0),
      source: 'kernel',
      node: 'gw1',
      interface: 'lan',
      address,
      length: 24,
    });
    timeline.add({
      kind: 'advert',
      at: instant(1_000_000),
      source: 'tap',
      node: 'gw1',
      segment: 'lan',
      sender: address,
      mac: '02:00:00:00:00:01' as never,
      version: 3,
      family: 4,
      vrid: 51,
      priority: 150,
      interval: micros(100_000),
      addresses: [address],
    });
    const at = (phase: number) =>
      strikeAt(timeline, topology.virtualRouters, 'gw1', phase, instant(1_010_000));
    expect(at(0.5)).toBe(1_050_000);
    expect(at(0.25)).toBe(1_125_000);
    expect(at(0)).toBe(1_102_000);
    expect(at(1)).toBe(1_098_000);
    expect(strikeAt(timeline, topology.virtualRouters, 'gw2', 0.5, instant(1_010_000))).toBe(
      1_030_000,
    );
  });
});
