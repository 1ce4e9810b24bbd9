/** One measurement of the election simulator as it is built, in a process of its own; JSON on standard output. */
import fc from 'fast-check';
import { watchElection } from '../../dist/assert/protocol/watch.js';
import { runCampaign } from '../../dist/explore/campaign.js';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../dist/explore/draft.js';
import { judgeCase } from '../../dist/explore/judge.js';
import { NO_LISTENER } from '../../dist/explore/no-listener.js';
import { simplify } from '../../dist/explore/simplify.js';
import { runElection } from '../../dist/sim/election/election.js';
import { factsOf } from '../../dist/sim/election/facts.js';

const SECOND = 1_000_000;
const SAFETY = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6'];
const NETWORK = {
  delayLeast: 100,
  delayMost: 2000,
  lateness: 500,
  calibrated: false,
  loss: 0,
  burst: 1,
  duplicate: 0,
  reorder: 0,
  announcementLoss: 0,
  hosts: 0,
  drops: [],
  delays: [],
};

function router(priority) {
  return { priority, interval: SECOND, preempt: true, preemptDelay: 0, start: 0, ppm: 0 };
}

function cluster(more) {
  return {
    profile: 'rfc9568',
    seed: 1,
    routers: [router(200), router(150), router(100)],
    virtuals: 1,
    network: NETWORK,
    check: undefined,
    faults: [],
    quiet: undefined,
    ...more,
  };
}

/** Warm-up: V8 still compiles on threads whose time would count (s of a core). */
const WARM_UP = 6;

/** Runs `once(i)` for some seconds of a core, warm; what it returns is added up. */
function measured(once, seconds = 4) {
  let began = process.cpuUsage();
  const used = () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  };
  for (let i = 0; used() < WARM_UP; i++) once(i);
  const total = {};
  began = process.cpuUsage();
  let rounds = 0;
  while (used() < seconds) {
    for (const [name, value] of Object.entries(once(rounds)))
      total[name] = (total[name] ?? 0) + value;
    rounds++;
  }
  return { ...total, rounds, seconds: used() };
}

function judged(whole, invariants, options) {
  const violations = [];
  const listener = watchElection(factsOf(whole), invariants, (one) => violations.push(one));
  const result = runElection(whole, listener, options);
  if (violations.length > 0) throw new Error(JSON.stringify(violations[0]));
  return result;
}

const MEASUREMENTS = {
  /** An hour of three routers with every advert delivered, S1..S6 checked. */
  events: () =>
    measured((seed) => {
      const whole = cluster({ seed, quiet: 3600 * SECOND });
      const { events, simulated } = judged(whole, SAFETY, { jump: false });
      return { events, simulated };
    }),
  /** The same hour with quiet times jumped over. */
  hours: () =>
    measured((seed) => {
      const { simulated } = judged(cluster({ seed, quiet: 3600 * SECOND }), SAFETY);
      return { simulated };
    }),
  /** The Active crashes and comes back, a hundred times a case: two elections each, all invariants checked. */
  elections: () => {
    const crash = { after: 12 * SECOND, edge: undefined, for: 6 * SECOND };
    const faults = Array.from({ length: 100 }, () => ({
      ...crash,
      faults: [{ kind: 'node.kill', node: 'r1' }],
    }));
    return measured((seed) => {
      const { elections, events } = judged(cluster({ seed, faults }), undefined);
      return { elections, events };
    });
  },
  /** Drawn by fast-check, a minute of virtual time each, all invariants checked. */
  cases: () => {
    const arbitrary = draftArbitrary(DRAFT_LIMITS);
    return measured((seed) => {
      let simulated = 0;
      const drafts = fc.sample(arbitrary, { seed, numRuns: 64 });
      for (const draft of drafts) {
        const routers = draft.routers.map((one) => ({ ...one, slower: 0 }));
        const whole = caseOf('rfc9568', { ...draft, routers, interval: 0 });
        const least = whole.faults.reduce((sum, { after }) => sum + after, 0);
        const quiet = Math.max(30 * SECOND, 60 * SECOND - least);
        simulated += judgeCase({ ...whole, quiet }).result.simulated;
      }
      return { cases: drafts.length, simulated };
    });
  },
  /** 255 virtual routers on 1 000 routers for a minute, set-up included; virtual routers do not hear each other. */
  crowd: () => crowd(true),
  /** The same with every advert heard 999 times. */
  'crowd-heard': () => crowd(false),
  /** Shrinks up to 40 faults to the two necessary ones, at twenty seeds. */
  shrinking: () => {
    const limits = { ...DRAFT_LIMITS, mostFaults: 40 };
    const found = [];
    for (let seed = 1; seed <= 20; seed++) {
      const fails = crashesBesidePaused;
      const property = fc.property(
        draftArbitrary(limits),
        (draft) => !fails(caseOf('rfc9568', draft)),
      );
      const began = performance.now();
      const { counterexample } = fc.check(property, { seed, numRuns: 2000 });
      const simplest = simplify(caseOf('rfc9568', counterexample[0]), fails);
      found.push({ faults: simplest.faults.length, seconds: (performance.now() - began) / 1000 });
    }
    return { found };
  },
};

function crowd(jump) {
  const routers = Array.from({ length: 1000 }, (_, i) => router(1 + (i % 254)));
  const network = { ...NETWORK, delayMost: NETWORK.delayLeast };
  const began = performance.now();
  let events = 0;
  for (let virtual = 0; virtual < 255; virtual++) {
    const whole = cluster({ seed: virtual, routers, network, quiet: 60 * SECOND });
    events += runElection(whole, NO_LISTENER, { jump }).events;
  }
  const seconds = (performance.now() - began) / 1000;
  return { events, seconds, simulated: 60, memory: process.memoryUsage().rss / 2 ** 20 };
}

/** A planted bug that needs two faults. */
function crashesBesidePaused(whole) {
  const paused = new Set();
  let found = false;
  const change = (_at, { kind, what, router: who }) => {
    if (kind !== 'process') return;
    if (what === 'pause') paused.add(who);
    else if (what === 'crash' && paused.size > 0 && !paused.has(who)) found = true;
    else paused.delete(who);
  };
  runElection(whole, { ...NO_LISTENER, change });
  return found;
}

/** Cases by wall clock with so many threads, once their code is compiled. */
async function campaign(workers) {
  const spec = { seed: 1, profile: 'rfc9568', limits: DRAFT_LIMITS, invariants: undefined };
  const limits = { runs: 300_000, time: undefined, workers };
  let warm;
  const progress = ({ cases, seconds }) => {
    if (cases >= 60_000) warm ??= { cases, seconds };
  };
  const all = await runCampaign(spec, limits, { progress, stopped: () => false });
  return { cases: all.cases - warm.cases, seconds: all.seconds - warm.seconds };
}

const [, , name, workers] = process.argv;
const result = name === 'campaign' ? await campaign(Number(workers)) : MEASUREMENTS[name]();
process.stdout.write(JSON.stringify(result));
