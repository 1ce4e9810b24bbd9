/** When and how often gratuitous ARP is repeated; a router that is no longer Active never repeats it. */
import { describe, expect, it } from 'vitest';
import { FEATURE_DEFAULTS, type VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import type { VrrpEffect } from '../../../src/engine/vrrp/io.ts';
import { micros, seconds } from '../../../src/time.ts';
import { Bench } from '../../support/engine.ts';

type Garp = VrrpInstanceConfig['garp'];

/** One announcement at the takeover, and nothing after it. */
const QUIET: Garp = {
  ...FEATURE_DEFAULTS.garp,
  repeat: 5,
  delay: micros(0),
  refresh: micros(0),
  lowerPrioRepeat: 2,
  lowerPrioDelay: micros(0),
};

function active(garp: Partial<Garp>): Bench {
  return new Bench({ garp: { ...QUIET, ...garp } }).active();
}

/** Announcements within a minute: seconds from now, repeats. */
function announced(bench: Bench, meanwhile: () => void = () => {}): string[] {
  const lines: string[] = [];
  const from = bench.now;
  bench.watch((effect: VrrpEffect) => {
    if (effect.kind === 'announce')
      lines.push(`${(bench.now - from) / 1_000_000} x${effect.repeat}`);
  });
  for (let i = 0; i < 60; i++) {
    meanwhile();
    bench.run(bench.now + 1_000_000);
  }
  return lines;
}

const LEAVING: readonly [string, (bench: Bench) => void][] = [
  ['yields', (bench) => bench.hear(200)],
  ['loses its interface', (bench) => bench.interface(false)],
  ['is stopped', (bench) => bench.input({ kind: 'shutdown' })],
];

describe.each(LEAVING)('an Active that %s', (_, leave) => {
  const isHeard = (bench: Bench) => (): void => bench.hear(200);

  it('stops refreshing its announcements (garp_master_refresh)', () => {
    const bench = active({ refresh: seconds(10) });
    leave(bench);
    expect(announced(bench, isHeard(bench))).toEqual([]);
  });

  it('sends no second burst (garp_master_delay)', () => {
    const bench = active({ delay: seconds(5) });
    leave(bench);
    expect(announced(bench, isHeard(bench))).toEqual([]);
  });

  it('sends no second burst after a loser (garp_lower_prio_delay)', () => {
    const bench = active({ lowerPrioDelay: seconds(5) });
    bench.hear(50);
    leave(bench);
    expect(announced(bench, isHeard(bench))).toEqual([]);
  });

  it('drops announcements that were held back', () => {
    const bench = active({});
    bench.hear(50);
    bench.hear(50);
    leave(bench);
    expect(announced(bench, isHeard(bench))).toEqual([]);
  });
});

describe('announcements', () => {
  it('are refreshed garp_master_refresh_repeat times', () => {
    const bench = active({ refresh: seconds(20), refreshRepeat: 3 });
    expect(announced(bench)).toEqual(['20 x3', '40 x3', '60 x3']);
  });

  it('to a loser are repeated garp_lower_prio_repeat times in both bursts', () => {
    const bench = active({ lowerPrioDelay: seconds(5) });
    bench.hear(50);
    expect(bench.last('announce')?.repeat).toBe(2);
    expect(announced(bench)).toEqual(['5 x2']);
  });
});
