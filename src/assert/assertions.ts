/** All assertions, by the name they have in a scenario. An unknown name is an error. */
import type * as z from 'zod';
import type { Witness } from '../observe/witness.ts';
import type { Topology } from '../topology/topology.ts';
import type { Place, Slice } from './assertion.ts';
import { alwaysOwned } from './invariant/always-owned.ts';
import { protocol } from './invariant/protocol.ts';
import { stable } from './invariant/stable.ts';
import { announcement } from './metric/announcement.ts';
import { convergence } from './metric/convergence.ts';
import { detection } from './metric/detection.ts';
import { dualMaster } from './metric/dual-master.ts';
import { outage } from './metric/outage.ts';
import { overhead } from './metric/overhead.ts';
import { takeover } from './metric/takeover.ts';
import { advertFirst } from './step/advert-first.ts';
import { adverts } from './step/adverts.ts';
import { arp } from './step/arp.ts';
import { drained } from './step/drained.ts';
import { effectivePriority } from './step/effective-priority.ts';
import { garp } from './step/garp.ts';
import { health } from './step/health.ts';
import { notify } from './step/notify.ts';
import { owner } from './step/owner.ts';
import { pool } from './step/pool.ts';
import { requestSuccess } from './step/request-success.ts';
import { singleOwner } from './step/single-owner.ts';
import { steadyState } from './step/steady-state.ts';
import { track } from './step/track.ts';
import { trafficSplit } from './step/traffic-split.ts';

export const ASSERTIONS = {
  owner,
  'single-owner': singleOwner,
  'always-owned': alwaysOwned,
  'dual-master': dualMaster,
  convergence,
  detection,
  takeover,
  announcement,
  overhead,
  outage,
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
} as const;

export type AssertionKind = keyof typeof ASSERTIONS;
export type AssertionOf<K extends AssertionKind> = { readonly kind: K } & z.output<
  (typeof ASSERTIONS)[K]['schema']
>;
export type Assertion = { [K in AssertionKind]: AssertionOf<K> }[AssertionKind];

/** Its slice: the types of an assertion and its judges agree because both come from the slice of its name. */
export function sliceOf({ kind }: Assertion): Slice<unknown> {
  return ASSERTIONS[kind] as Slice<unknown>;
}

export function isAssertionKind(word: string): word is AssertionKind {
  return Object.hasOwn(ASSERTIONS, word);
}

export function placesOf(kind: AssertionKind): Place[] {
  const places: readonly Place[] = ['step', 'invariant', 'run'];
  return places.filter((place) => (ASSERTIONS[kind] as Slice<unknown>)[place] !== undefined);
}

export function assertionNames(place: Place): AssertionKind[] {
  return (Object.keys(ASSERTIONS) as AssertionKind[]).filter((kind) =>
    placesOf(kind).includes(place),
  );
}

/** The virtual router an assertion speaks of; undefined: the first one of the topology. */
export function subject(assertion: Assertion): string | undefined {
  return sliceOf(assertion).subject(assertion);
}

export function witnessesOf(assertion: Assertion, topology: Topology): readonly Witness[] {
  return [...new Set(sliceOf(assertion).witnesses(assertion, topology))];
}

/** Assertions judged by a statistic over the repeats. */
export const METRIC_ASSERTIONS = [
  'convergence',
  'detection',
  'takeover',
  'announcement',
  'overhead',
  'outage',
] as const;
