import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Violation } from '../../src/assert/protocol/monitor.ts';
import { caseOfScenario } from '../../src/explore/case-of-scenario.ts';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../src/explore/draft.ts';
import { withFixedTimes } from '../../src/explore/simplify.ts';
import { storyOf } from '../../src/explore/story.ts';
import type { ProfileName } from '../../src/observe/election.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import type { Case } from '../../src/sim/election/case.ts';
import { runElection } from '../../src/sim/election/election.ts';
import { instant, micros } from '../../src/time.ts';
import { Fingerprint } from '../support/fingerprint.mjs';
import { cases } from '../support/nightly.ts';

const PROFILES: readonly ProfileName[] = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'];
const VIOLATION: Violation = {
  invariant: 'S4',
  at: instant(0),
  routers: [],
  virtual: 0,
  because: 'for a test',
};
/** Faults at fixed times, as after shrinking. Values that a file cannot express (the duration of an instant fault) are 0. */
const fixed = fc
  .tuple(fc.constantFrom(...PROFILES), draftArbitrary({ ...DRAFT_LIMITS, mostFaults: 6 }))
  .map(([profile, draft]): Case => {
    const whole = withFixedTimes(caseOf(profile, draft));
    const faults = whole.faults.map((fault) =>
      fault.faults[0]?.kind === 'clock.step' ? { ...fault, for: micros(0) } : fault,
    );
    return { ...whole, faults };
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-story-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The case read back from the file. */
function readBack(whole: Case): Case {
  const file = join(folder, 'story.yaml');
  writeFileSync(file, storyOf(whole, VIOLATION, { name: 'story', seed: 1, index: 2 }));
  const [scenario] = loadScenario(file).scenarios;
  if (scenario?.simulation === undefined) throw new Error('it has a simulation');
  const reading = caseOfScenario(scenario, scenario.simulation);
  if (reading.problems !== undefined) throw new Error(reading.problems.join('; '));
  return reading.case;
}

function digestOf(whole: Case): string {
  const print = new Fingerprint();
  runElection(whole, print);
  return print.digest();
}

describe('the story of a case', () => {
  it('gives the same election when it is read back, to the last event', () => {
    fc.assert(
      fc.property(fixed, (whole) => {
        expect(digestOf(readBack(whole))).toBe(digestOf(whole));
      }),
      { numRuns: cases(80, 5_000) },
    );
  });
});
