/**
 * The assertions a scenario may make, as data: their shape in YAML and where each may stand. How they
 * are judged is in `judge-*.ts`. An unknown name is an error.
 */
import * as z from 'zod';
import { duration, durationProblem, name } from '../topology/scalars.ts';
import { type Bound, parseBound } from './bound.ts';
import { DEFAULT_CHECKS, EVIDENCED } from './protocol-checks.ts';
import { SERVICE_ASSERTIONS } from './service-assertions.ts';

/** `step`: a barrier inside a step. `invariant`: holds through the whole repeat. `run`: over all repeats. */
export type Place = 'step' | 'invariant' | 'run';

const bound = z
  .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
  .transform((value, context): Bound => {
    const parsed = parseBound(String(value));
    if (typeof parsed !== 'string') return parsed;
    context.issues.push({ code: 'custom', message: parsed, input: value });
    return z.NEVER;
  })
  .meta({ description: 'A duration, or times of the protocol: mdi + 50ms, 3 x advert, skew' });

const statistics = {
  vip: name.optional().describe('A virtual router [the first one]'),
  max: bound.optional(),
  p50: bound.optional(),
  p95: bound.optional(),
  p99: bound.optional(),
};

function metric() {
  return z
    .strictObject(statistics)
    .refine(({ max, p50, p95, p99 }) => [max, p50, p95, p99].some((one) => one !== undefined), {
      error: 'give at least one bound: max, p50, p95 or p99',
    });
}

const within = duration
  .optional()
  .describe(
    'How long the barrier waits for it, counted from the beginning of its step [0s: at once]',
  );

/** The shape of each assertion's parameters. */
export const ASSERTION_SCHEMAS = {
  owner: z.strictObject({
    of: name.describe('A virtual router'),
    is: z
      .union([name, z.array(name).min(2).max(8)])
      .describe('A node, or none; a list: these nodes at once, where a split is what is expected'),
    within,
    for: duration.optional().describe('It must stay so for this long'),
  }),
  'single-owner': z.strictObject({
    vip: name,
    tolerate: duration.optional().describe('Overlaps up to this long are no violation [0s]'),
    within,
  }),
  'always-owned': z.strictObject({
    vip: name,
    max_gap: bound.describe('Longest time without an owner'),
  }),
  'dual-master': z.strictObject({
    vip: name.optional(),
    max: bound.optional().describe('Longest overlap'),
    total: bound.optional().describe('All overlaps added up'),
  }),
  convergence: metric(),
  detection: metric(),
  takeover: metric(),
  announcement: metric(),
  overhead: metric(),
  outage: z.strictObject({
    ...statistics,
    probe: name.optional().describe("[the first probe to the virtual router's address]"),
    ended: z.literal(true).optional().describe('Replies have come back and stay'),
    within,
  }),
  garp: z.strictObject({
    for: name.describe('A virtual router: every one of its addresses is announced'),
    from: name.optional().describe('By this node, from its own MAC or the virtual one'),
    count: z.int().min(1).max(1000).optional().describe('At least so many for each address [1]'),
    within,
  }),
  arp: z.strictObject({
    at: name.describe('A client'),
    for: name.describe('A virtual router'),
    is: name.describe('The node its neighbour entry points to'),
    within,
  }),
  adverts: z
    .strictObject({
      of: name.describe('A virtual router'),
      from: name.describe('A node'),
      for: duration.describe('Counted this long from the last fault or heal'),
      at_least: z.int().min(1).max(100_000).optional(),
      at_most: z.int().min(0).max(100_000).optional(),
    })
    .refine(({ at_least, at_most }) => (at_least ?? at_most) !== undefined, {
      error: 'give at_least or at_most',
    }),
  stable: z.strictObject({
    vip: name,
    max_transitions: z.int().min(0).max(10_000).describe('Changes of owner allowed'),
  }),
  protocol: z.strictObject({
    vip: name.optional().describe('A virtual router [the first one]'),
    check: z
      .array(z.enum(EVIDENCED))
      .min(1)
      .optional()
      .describe(`Invariants of VRRP (README) [${DEFAULT_CHECKS.join(', ')}]`),
    lateness: duration
      .optional()
      .describe('How late a timer, a claim or an address may be seen [50ms]'),
  }),
  'steady-state': z.strictObject({
    for: duration.describe('Nothing changes for this long; otherwise the run is inconclusive'),
    vip: name.optional(),
  }),
  ...SERVICE_ASSERTIONS,
} as const;

export type AssertionKind = keyof typeof ASSERTION_SCHEMAS;
export type AssertionOf<K extends AssertionKind> = { readonly kind: K } & z.output<
  (typeof ASSERTION_SCHEMAS)[K]
>;
export type Assertion = { [K in AssertionKind]: AssertionOf<K> }[AssertionKind];

/** Assertions judged by a statistic over the repeats, and the metric each reads. */
export const METRIC_ASSERTIONS = [
  'convergence',
  'detection',
  'takeover',
  'announcement',
  'overhead',
  'outage',
] as const;
export type MetricAssertionKind = (typeof METRIC_ASSERTIONS)[number];

export const PLACES: Record<AssertionKind, readonly Place[]> = {
  owner: ['step', 'invariant'],
  'single-owner': ['step', 'invariant'],
  'always-owned': ['invariant'],
  'dual-master': ['run'],
  convergence: ['run'],
  detection: ['run'],
  takeover: ['run'],
  announcement: ['run'],
  overhead: ['run'],
  outage: ['step', 'run'],
  garp: ['step'],
  arp: ['step'],
  adverts: ['step'],
  stable: ['invariant'],
  protocol: ['invariant'],
  'steady-state': ['step'],
  health: ['step'],
  pool: ['step'],
  'traffic-split': ['step'],
  drained: ['step'],
  'request-success': ['step', 'run'],
  'effective-priority': ['step'],
  track: ['step'],
  notify: ['step'],
};

export function isAssertionKind(word: string): word is AssertionKind {
  return Object.hasOwn(ASSERTION_SCHEMAS, word);
}

export function assertionNames(place: Place): AssertionKind[] {
  return (Object.keys(PLACES) as AssertionKind[]).filter((kind) => PLACES[kind].includes(place));
}

/** The nodes that are to hold the address. */
export function wantedOwners({ is }: AssertionOf<'owner'>): readonly string[] {
  if (typeof is !== 'string') return is;
  return is === 'none' ? [] : [is];
}

/** The virtual router an assertion speaks of; undefined: the first one of the topology. */
export function subject(assertion: Assertion): string | undefined {
  switch (assertion.kind) {
    case 'owner':
    case 'adverts':
      return assertion.of;
    case 'effective-priority':
    case 'notify':
      return assertion.of;
    case 'garp':
    case 'arp':
      return assertion.for;
    case 'health':
    case 'pool':
    case 'traffic-split':
    case 'drained':
    case 'request-success':
    case 'track':
      return undefined;
    default:
      return assertion.vip;
  }
}
