import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../src/explore/draft.ts';
import type { ElectionChange, ElectionListener, ProfileName } from '../../src/observe/election.ts';
import type { Case } from '../../src/sim/election/case.ts';
import { type ElectionOptions, runElection } from '../../src/sim/election/election.ts';
import type { Instant } from '../../src/time.ts';
import { Fingerprint } from '../support/fingerprint.mjs';
import { cases } from '../support/nightly.ts';

const PROFILES: readonly ProfileName[] = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'];
const anyCase = fc
  .tuple(fc.constantFrom(...PROFILES), draftArbitrary(DRAFT_LIMITS))
  .map(([profile, draft]) => caseOf(profile, draft));
/** No random loss, so that quiet times exist. */
const calmCase = anyCase.map(
  (drawn): Case => ({
    ...drawn,
    network: { ...drawn.network, loss: 0, duplicate: 0, reorder: 0, announcementLoss: 0 },
  }),
);

/** Every change that is reported, except adverts, jumps and runs of scripts that only confirm. */
class Changes implements ElectionListener {
  readonly list: string[] = [];
  jumps = 0;
  change(at: Instant, change: ElectionChange): void {
    if (change.kind === 'check-started' || change.kind === 'check-ended') return;
    this.list.push(`${at} ${JSON.stringify(change)}`);
  }
  sent(): void {}
  heard(): void {}
  missed(): void {}
  jumped(): void {
    this.jumps++;
  }
  ends(at: Instant): void {
    this.list.push(`${at} end`);
  }
}

function changesOf(whole: Case, options: ElectionOptions): Changes {
  const changes = new Changes();
  runElection(whole, changes, options);
  return changes;
}

function digestOf(whole: Case): string {
  const print = new Fingerprint();
  runElection(whole, print);
  return print.digest();
}

describe('the election simulator', () => {
  it('gives the same run for the same case, to the last event', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const again = structuredClone(drawn);
        expect(digestOf(drawn)).toBe(digestOf(again));
      }),
    );
  });

  it.each([
    ['any', calmCase],
    ['those with a sync group', calmCase.map((drawn): Case => ({ ...drawn, virtuals: 2 }))],
    ['those with tracked scripts', calmCase.filter(({ check }) => check !== undefined)],
  ])('has the same changes with and without jumps over quiet times of %s', (_, calm) => {
    let jumps = 0;
    fc.assert(
      fc.property(calm, (drawn) => {
        const jumping = changesOf(drawn, { jump: true });
        jumps += jumping.jumps;
        expect(jumping.list).toEqual(changesOf(drawn, { jump: false }).list);
      }),
      { numRuns: cases(150, 5_000) },
    );
    expect(jumps).toBeGreaterThan(100);
  });

  it('receives adverts like a host that decodes and checks every packet', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        expect(changesOf(drawn, { jump: false }).list).toEqual(
          changesOf(drawn, { jump: false, decode: true }).list,
        );
      }),
      { numRuns: cases(100, 5_000) },
    );
  });
});
