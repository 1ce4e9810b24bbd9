import { describe, expect, it } from 'vitest';
import { dockerRefusals } from '../../src/cli/docker-faults.ts';
import { refusalsOf } from '../../src/fault/capability.ts';
import { definitionOf, FAULT_KINDS } from '../../src/fault/faults.ts';
import { faultReference } from '../../src/fault/reference.ts';
import { exactRefusals } from '../../src/sim/election/faults.ts';
import { SIM_FAULTS } from '../../src/sim/faults/faults.ts';

describe('the reference of faults', () => {
  const rows = faultReference();

  it('has one sentence for every fault and every parameter', () => {
    expect(rows.map(({ fault }) => fault)).toEqual(FAULT_KINDS);
    const sentences = rows.flatMap(({ sentence, parameters }) => [
      sentence,
      ...parameters.map((parameter) => parameter.sentence || parameter.default),
    ]);
    expect(sentences.filter((sentence) => !sentence)).toEqual([]);
    const open = rows.flatMap(({ parameters }) =>
      parameters.filter((parameter) => !parameter.required && !parameter.default),
    );
    expect(open).toEqual([]);
    expect(rows.filter(({ sentence }) => !/^[^\n]+\.$/.test(sentence))).toEqual([]);
  });

  it.each([
    ['service.slow', 'delay', 'duration', 'us, ms, s or m', '2s'],
    ['clock.step', 'by', 'duration', 'us, ms, s or m; may be negative', undefined],
    ['port.block', 'port', 'number', '1..65535', '80'],
    ['port.block', 'mode', 'drop | reject | reset', undefined, 'drop'],
    ['vrrp.block', 'direction', 'in | out | both', undefined, 'both; with from: in'],
    ['vrrp.lose', 'from', 'name', undefined, undefined],
    ['vrrp.lose', 'count', 'number', '1..1000000', '1'],
    ['vrrp.forge', 'count', 'number', '1..1000000', 'until it heals'],
  ])(
    'gives for %s the type, the unit and the default of %s',
    (fault, name, type, unit, fallback) => {
      const found = rows.find((row) => row.fault === fault)?.parameters ?? [];
      expect(found.find((parameter) => parameter.name === name)).toMatchObject({
        type,
        unit,
        required: fallback === undefined,
        default: fallback,
      });
    },
  );
});

describe('the capability table', () => {
  it('comes from the actions of each backend, with the reason if a backend has none', () => {
    const worlds = [refusalsOf(SIM_FAULTS), exactRefusals, dockerRefusals];
    const cannot = worlds.map((of) => FAULT_KINDS.filter((kind) => of(kind) !== undefined));
    expect(cannot[0]).toEqual([]);
    expect(cannot[1]).toContain('service.stop');
    expect(cannot[2]).toEqual(['process.slow', 'clock.step']);
    expect(worlds.flatMap((of) => FAULT_KINDS.map(of))).not.toContain('');
  });

  it('has a backend for every fault', () => {
    const real = FAULT_KINDS.filter((kind) => dockerRefusals(kind) !== undefined);
    expect(real.filter((kind) => refusalsOf(SIM_FAULTS)(kind) !== undefined)).toEqual([]);
    expect(FAULT_KINDS.every((kind) => definitionOf(kind).docs !== '')).toBe(true);
  });
});
