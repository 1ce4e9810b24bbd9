/** `protocol`: the invariants of VRRP, judged over what the lab saw of one repeat. */
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
import {
  fail,
  type Judgement,
  pass,
  text,
  unmeasured,
  unobserved,
  type Violation,
} from '../verdict.ts';

/** The invariants for which a lab has the evidence: those that do not depend on which router received an advert. */
const EVIDENCED = 'S3 S4 S5 S6 S7 S8 S9 S12 T1 T4 T5 L1 L8 P1 P2 P3 P4'.split(' ');
const DEFAULT_CHECKS = 'S3 S4 S5 S7 S8 S9 S12'.split(' ');
/** How late a timer, a claim or an address may be seen on a machine that is not starved. */
const LATENESS = milliseconds(50);
/** A failure shows the events of this long before it. */
const BEFORE = seconds(5);

const schema = z.strictObject({
  vip,
  check: z
    .array(z.enum(EVIDENCED))
    .min(1)
    .optional()
    .describe(`The invariants of VRRP to judge [${DEFAULT_CHECKS.join(', ')}]`),
  lateness: duration
    .optional()
    .describe('How late a timer, a claim or an address may be seen [50ms]'),
});
type Protocol = z.output<typeof schema>;

export const protocol = slice({
  schema,
  docs: `the invariants of VRRP over what was seen: by default ${DEFAULT_CHECKS.join(', ')}`,
  witnesses: ({ check = DEFAULT_CHECKS }, topology, router) => seenBy(router, check, topology),
  invariant: { judge },
});

function seenBy(
  router: VirtualRouter | undefined,
  checks: readonly string[],
  topology: Topology,
): Witness[] {
  const clients = checks.includes('S8') ? clientsOf(router, topology) : [];
  return [...holdersOf(router), ...wireOf(router), ...clients.map(agentOf)];
}

/** Their neighbour tables show where they send to. */
function clientsOf(router: VirtualRouter | undefined, { nodes }: Topology): string[] {
  return nodes
    .filter(
      ({ role, attach }) =>
        role !== 'router' && attach.some(({ network }) => network === router?.network),
    )
    .map((node) => node.name);
}

function judge(assertion: Protocol, record: RepeatRecord, router: VirtualRouter): Judgement {
  const stream = { record, router, wanted: assertion.check ?? DEFAULT_CHECKS };
  const lateness = assertion.lateness ?? LATENESS;
  const judged = applying(stream, lateness);
  if (judged.length === 0)
    return unmeasured(
      `none of ${stream.wanted.join(', ')} can be judged with timers up to ${lateness} us late`,
    );
  const found = findAll(stream, lateness);
  if (found === undefined) return unobserved(`no router was ever seen in a role of ${router.name}`);
  const bound = text(`no violation of ${judged.join(', ')}`);
  const [first] = found;
  if (first === undefined) {
    const because = `${router.name} kept ${judged.join(', ')}`;
    return pass({ measured: text('none'), bound, because });
  }
  const names = [...new Set(found.map(({ invariant }) => invariant))];
  const context = { from: minus(first.at, BEFORE), to: plus(first.at, LATENESS) };
  return {
    ...fail({ measured: text(names.join(', ')), bound, because: sentence(first) }),
    evidence: storyOf(record.timeline, router, context),
    violations: found.map((one) => violationOf(stream, one, lateness)),
  };
}

interface Stream {
  readonly record: RepeatRecord;
  readonly router: VirtualRouter;
  readonly wanted: readonly string[];
}

function applying({ record, router, wanted }: Stream, lateness: Micros): string[] {
  const hosts = hostsOf(record.timeline, router).length;
  const facts = factsOf(record.topology, router, hosts, lateness);
  return chosenInvariants(facts, wanted)
    .filter(({ applies }) => applies(facts))
    .map(({ id }) => id);
}

/** The violations if timers, claims and addresses may be late by `lateness`; undefined: no router was seen in any role. */
function findAll(stream: Stream, lateness: Micros): Found[] | undefined {
  const { record, router } = stream;
  const { timeline, topology, window } = record;
  const hosts = hostsOf(timeline, router);
  const facts = factsOf(topology, router, hosts.length, lateness);
  const found: Found[] = [];
  const listener = watchElection(facts, applying(stream, lateness), (violation) => {
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
        (one) => one.invariant === invariant && one.routers.some((r) => routers.includes(r)),
      ),
  };
}

function sentence({ invariant, because }: Found): string {
  return `${invariant}: ${because}`;
}
