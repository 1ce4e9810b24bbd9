/** All assertions, by the name they have in a scenario. An unknown name is an error. */
import type * as z from 'zod';
import type { Witness } from '../observe/witness.ts';
import { type Micros, micros } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import type { Place, Problem, Slice } from './assertion.ts';
import { timeProblems } from './contradiction.ts';
import { routerNamed } from './grounds.ts';
import { alwaysOwned } from './invariant/always-owned.ts';
import { protocol } from './invariant/protocol.ts';
import { stable } from './invariant/stable.ts';
import { dualMaster } from './metric/dual-master.ts';
import { FAILOVER_METRICS } from './metric/failover.ts';
import { outage } from './metric/outage.ts';
import type { RepeatRecord } from './metrics.ts';
import { namedBy, unknownName } from './names.ts';
import { advertFirst } from './step/advert-first.ts';
import { adverts } from './step/adverts.ts';
import { arp } from './step/arp.ts';
import { drained } from './step/drained.ts';
import { effectivePriority } from './step/effective-priority.ts';
import { garp } from './step/garp.ts';
import { health } from './step/health.ts';
import { loss } from './step/loss.ts';
import { notify } from './step/notify.ts';
import { owner } from './step/owner.ts';
import { pool } from './step/pool.ts';
import { requestSuccess } from './step/request-success.ts';
import { role } from './step/role.ts';
import { singleOwner } from './step/single-owner.ts';
import { steadyState } from './step/steady-state.ts';
import { track } from './step/track.ts';
import { trafficSplit } from './step/traffic-split.ts';
import type { StepJudgement, StepView } from './step-view.ts';
import { type Judgement, unobserved } from './verdict.ts';

export const ASSERTIONS = {
  owner,
  'single-owner': singleOwner,
  'always-owned': alwaysOwned,
  'dual-master': dualMaster,
  ...FAILOVER_METRICS,
  outage,
  loss,
  garp,
  arp,
  adverts,
  'advert-first': advertFirst,
  stable,
  protocol,
  'steady-state': steadyState,
  health,
  pool,
  'traffic-split': trafficSplit,
  drained,
  'request-success': requestSuccess,
  'effective-priority': effectivePriority,
  track,
  notify,
  role,
} as const;

export type AssertionKind = keyof typeof ASSERTIONS;
export type AssertionOf<K extends AssertionKind> = { readonly kind: K } & z.output<
  (typeof ASSERTIONS)[K]['schema']
>;
export type Assertion = { [K in AssertionKind]: AssertionOf<K> }[AssertionKind];

/** Its slice: the types of an assertion and its judges agree because both come from the slice of its name. */
export function sliceOf({ kind }: { readonly kind: AssertionKind }): Slice<unknown, z.ZodObject> {
  return ASSERTIONS[kind] as Slice<unknown, z.ZodObject>;
}

export function isAssertionKind(word: string): word is AssertionKind {
  return Object.hasOwn(ASSERTIONS, word);
}

export function placesOf(kind: AssertionKind): Place[] {
  const places: readonly Place[] = ['step', 'invariant', 'run'];
  return places.filter((place) => sliceOf({ kind })[place] !== undefined);
}

export function assertionNames(place: Place): AssertionKind[] {
  return (Object.keys(ASSERTIONS) as AssertionKind[]).filter((kind) =>
    placesOf(kind).includes(place),
  );
}

/** The virtual router that an assertion names, or else the first one of the topology. */
export function routerOf(assertion: Assertion, topology: Topology): VirtualRouter | undefined {
  return routerNamed(nameOfRouter(assertion), topology);
}

function nameOfRouter(assertion: Assertion): string | undefined {
  const { shape } = sliceOf(assertion).schema;
  const names = Object.entries(shape as Readonly<Record<string, z.ZodType>>);
  const [key = ''] = names.find(([, schema]) => namedBy(schema) === 'virtual router') ?? [];
  return (assertion as Record<string, unknown> as Record<string, string>)[key];
}

/** The virtual router without which it cannot be judged; undefined: any virtual router suffices. */
export function neededRouter(assertion: Assertion, topology: Topology): string | undefined {
  const { needs } = sliceOf(assertion);
  return needs === undefined ? routerOf(assertion, topology)?.name : needs(assertion, topology);
}

export function witnessesOf(assertion: Assertion, topology: Topology): readonly Witness[] {
  const router = routerOf(assertion, topology);
  return [...new Set(sliceOf(assertion).witnesses(assertion, topology, router))];
}

/** Why the parameters can never hold: a name that the topology lacks is reported alone. */
export function problemsOf(assertion: Assertion, place: Place, topology: Topology): Problem[] {
  const { schema, contradictions } = sliceOf(assertion);
  const unknown = unknownName(schema.shape, assertion, topology);
  if (unknown !== undefined) return [unknown];
  const router = routerOf(assertion, topology);
  return [
    ...timeProblems(assertion.kind, assertion, router),
    ...(contradictions?.(assertion, { topology, router, place }) ?? []),
  ];
}

const NO_ROUTER = 'the topology has no virtual router';

/** How long a barrier waits for it. */
export function patienceOf(assertion: Assertion): Micros {
  const { within = micros(0) } = assertion as { readonly within?: Micros | undefined };
  return sliceOf(assertion).step?.patience?.(assertion) ?? within;
}

export function judgeStep(assertion: Assertion, view: StepView): StepJudgement {
  const router = routerOf(assertion, view.topology);
  if (router === undefined) return unobserved(NO_ROUTER);
  return (
    sliceOf(assertion).step?.judge(assertion, view, router) ??
    unobserved(`${assertion.kind} cannot stand in a step`)
  );
}

export function judgeInvariant(assertion: Assertion, record: RepeatRecord): Judgement {
  const router = routerOf(assertion, record.topology);
  if (router === undefined) return unobserved(NO_ROUTER);
  return (
    sliceOf(assertion).invariant?.judge(assertion, record, router) ??
    unobserved(`${assertion.kind} is no invariant`)
  );
}

export function judgeRun(assertion: Assertion, records: readonly RepeatRecord[]): Judgement {
  const [first] = records;
  const router = first === undefined ? undefined : routerOf(assertion, first.topology);
  if (router === undefined) return unobserved('no repeat was run to its end');
  return (
    sliceOf(assertion).run?.judge(assertion, records, router) ??
    unobserved(`${assertion.kind} cannot be judged over a run`)
  );
}
