/** `protocol`: the invariants of VRRP, judged by the evidence of one repeat. */
import * as z from 'zod';
import { agentOf, type Witness } from '../../observe/witness.ts';
import {
  type Instant,
  type Micros,
  micros,
  milliseconds,
  minus,
  plus,
  seconds,
} from '../../time.ts';
import type { Topology, VirtualRouter } from '../../topology/topology.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf, wireOf } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import { vip } from '../names.ts';
import { factsOf } from '../protocol/facts-of-topology.ts';
import { hostsOf, replayTimeline } from '../protocol/from-timeline.ts';
import type { Violation as Found } from '../protocol/monitor.ts';
import { chosenInvariants, watchElection } from '../protocol/watch.ts';
import { fail, pass, text, unmeasured, unobserved, type Violation } from '../verdict.ts';

/** The invariants for which a lab has the evidence: those that do not depend on which router received an advert. */
const EVIDENCED = 'S3 S4 S5 S6 S7 S8 S9 S12 T1 T4 T5 L1 L8 P1 P2 P3 P4'.split(' ');
const DEFAULT_CHECKS = 'S3 S4 S5 S7 S8 S9 S12'.split(' ');
/** How late a timer, a claim or an address may be seen on a machine that is not starved. */
const LATENESS = milliseconds(50);
/** A failure shows the events of this long before it. */
const BEFORE = seconds(5);

export const protocol = slice({
  schema: z.strictObject({
    vip,
    check: z
      .array(z.enum(EVIDENCED))
      .min(1)
      .optional()
      .describe(`The invariants of VRRP to judge [${DEFAULT_CHECKS.join(', ')}]`),
    lateness: duration
      .optional()
      .describe('How late a timer, a claim or an address may be seen [50ms]'),
  }),
  docs: `the invariants of VRRP over the evidence: by default ${DEFAULT_CHECKS.join(', ')}`,
  witnesses: ({ check = DEFAULT_CHECKS }, topology, router) => seenBy(router, check, topology),
  invariant: {
    judge({ check: wanted = DEFAULT_CHECKS, lateness = LATENESS }, record, router) {
      const stream = { record, router, wanted, hosts: hostsOf(record.timeline, router) };
      const { ids } = rulesOf(stream, lateness);
      if (ids.length === 0)
        return unmeasured(
          `none of ${wanted.join(', ')} can be judged with timers up to ${lateness} us late`,
        );
      const found = findAll(stream, lateness);
      if (found === undefined)
        return unobserved(`no router was ever seen in a role of ${router.name}`);
      const bound = text(`no violation of ${ids.join(', ')}`);
      const [first] = found;
      if (first === undefined) {
        const because = `${router.name} kept ${ids.join(', ')}`;
        return pass({ measured: text('none'), bound, because });
      }
      const names = [...new Set(found.map(({ invariant }) => invariant))];
      const context = { from: minus(first.at, BEFORE), to: plus(first.at, LATENESS) };
      return {
        ...fail({ measured: text(names.join(', ')), bound, because: sentence(first) }),
        evidence: storyOf(record.timeline, router, context),
        violations: found.map((violation) => violationOf(stream, violation, lateness)),
      };
    },
  },
});

function seenBy(
  router: VirtualRouter | undefined,
  checks: readonly string[],
  { nodes }: Topology,
): Witness[] {
  // The neighbour tables of clients show where they send to.
  const clients = nodes.filter(
    ({ role, attach }) =>
      role !== 'router' && attach.some(({ network }) => network === router?.network),
  );
  const watched = checks.includes('S8') ? clients : [];
  return [...holdersOf(router), ...wireOf(router), ...watched.map(({ name }) => agentOf(name))];
}

interface Stream {
  readonly record: RepeatRecord;
  readonly router: VirtualRouter;
  readonly wanted: readonly string[];
  /** The clients whose neighbour tables are watched. */
  readonly hosts: readonly string[];
}

/** The facts, and the wanted invariants that hold under them. */
function rulesOf({ record, router, wanted, hosts }: Stream, lateness: Micros) {
  const facts = factsOf(record.topology, router, hosts.length, lateness);
  const chosen = chosenInvariants(facts, wanted).filter(({ applies }) => applies(facts));
  return { facts, ids: chosen.map(({ id }) => id) };
}

/** The violations if timers, claims and addresses may be late by `lateness`; undefined: no router was seen in any role. */
function findAll(stream: Stream, lateness: Micros): Found[] | undefined {
  const { record, router, hosts } = stream;
  const { timeline, window } = record;
  const { facts, ids } = rulesOf(stream, lateness);
  const found: Found[] = [];
  const listener = watchElection(facts, ids, (violation) => {
    if (violation.at >= window.from && violation.at <= window.to) found.push(violation);
  });
  return replayTimeline(timeline, router, hosts, listener, window.to) ? found : undefined;
}

function violationOf(stream: Stream, found: Found, lateness: Micros): Violation {
  const { record, router } = stream;
  const { invariant, at, routers, since } = found;
  const names = routers.flatMap((r) => router.members[r]?.node ?? []);
  return {
    timeline: record.timeline,
    window: { from: (since ?? at) as Instant, to: at },
    // Which router should be Active depends on all of them.
    on: seenBy(router, [invariant], record.topology),
    by: [...(names.length > 0 ? names.map(agentOf) : holdersOf(router)), ...wireOf(router)],
    because: sentence(found),
    allowed: micros(found.allowed ?? 0),
    persists: (slack) =>
      since === undefined ||
      (findAll(stream, micros(lateness + slack)) ?? []).some(
        (violation) =>
          violation.invariant === invariant && violation.routers.some((r) => routers.includes(r)),
      ),
  };
}

function sentence({ invariant, because }: Found): string {
  return `${invariant}: ${because}`;
}
