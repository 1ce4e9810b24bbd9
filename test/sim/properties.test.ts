/**
 * The invariants as properties: no case may violate any of them. `npm test` runs some hundred cases of each; with
 * HALAB_NIGHTLY set, thousands. Past counterexamples are in `test/explore/corpus` and run first.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../src/assert/protocol/catalogue.ts';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../src/explore/draft.ts';
import { judgeCase } from '../../src/explore/judge.ts';
import { replayFailure } from '../../src/explore/replay.ts';
import type { ProfileName } from '../../src/observe/election.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import { cases } from '../support/nightly.ts';

const CORPUS = new URL('../explore/corpus', import.meta.url).pathname;
const SCENARIOS = new URL('../../scenarios', import.meta.url).pathname;
const PROFILES: readonly ProfileName[] = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'];
const drafts = draftArbitrary(DRAFT_LIMITS);

function stories(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
}

/** The failure of a story; undefined: it passes, or is not for the exact simulator. */
function failureOf(file: string): string | undefined {
  const [scenario] = loadScenario(file).scenarios;
  if (scenario?.simulation === undefined) return undefined;
  return replayFailure(scenario, scenario.simulation);
}

describe('a past counterexample', () => {
  it('does not fail again', () => {
    const files = stories(CORPUS);
    expect(files.length).toBeGreaterThan(0);
    expect(files.map((file) => [file, failureOf(file)])).toEqual(
      files.map((file) => [file, undefined]),
    );
  });

  it('is covered by the scenarios about weaknesses of the protocol', () => {
    const files = stories(SCENARIOS).filter((file) => {
      const [scenario] = loadScenario(file).scenarios;
      return scenario?.simulation !== undefined;
    });
    expect(files.length).toBeGreaterThanOrEqual(8);
    expect(files.map((file) => [file, failureOf(file)])).toEqual(
      files.map((file) => [file, undefined]),
    );
  });
});

describe.each(PROFILES)('under the rules of %s', (profile) => {
  it('no case violates an invariant', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        expect(judgeCase(caseOf(profile, draft)).violations).toEqual([]);
      }),
      { numRuns: cases(100, 5_000) },
    );
  });
});

/** Only applicable cases: a case to which an invariant does not apply does not test it. */
describe.each(INVARIANTS.map(({ id, title }) => ({ id, title })))('$id: $title', ({ id }) => {
  it('holds in every case', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROFILES), drafts, (profile, draft) => {
        expect(judgeCase(caseOf(profile, draft), [id]).violations).toEqual([]);
      }),
      { numRuns: cases(60, 2_000) },
    );
  });
});
