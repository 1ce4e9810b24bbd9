/**
 * The hash of all reports of 500 simulated elections, by the built program. It must be the same on
 * every version of Node: `.ci/run` prints it twice, and with Node 22 and 24.
 */
import fc from 'fast-check';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../dist/explore/draft.js';
import { runElection } from '../../dist/sim/election/election.js';
import { Fingerprint } from '../support/fingerprint.mjs';

const PROFILES = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'];
const print = new Fingerprint();
for (const profile of PROFILES)
  for (const draft of fc.sample(draftArbitrary(DRAFT_LIMITS), { seed: 1, numRuns: 100 }))
    runElection(caseOf(profile, draft), print);
process.stdout.write(`${print.digest()}\n`);
