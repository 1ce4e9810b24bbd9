/** Assertions that can never hold, or that judge nothing, whatever the cluster does. */
import type { Assertion } from '../assert/assertions.ts';
import { type Bound, evaluateBound } from '../assert/bound.ts';
import { protocolTimes } from '../assert/protocol-times.ts';
import type { Share } from '../assert/share.ts';
import { formatMicros, type Micros } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';

export interface AssertionProblem {
  /** The parameter that is wrong. */
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** `router`: the one it speaks of. */
export function assertionProblems(
  assertion: Assertion,
  router: VirtualRouter | undefined,
  topology: Topology,
): AssertionProblem[] {
  return [
    ...timeProblems(assertion),
    ...rangeProblems(assertion),
    ...boundProblems(assertion, router),
    ...memberProblems(assertion, router),
    ...toldProblems(assertion, router, topology),
  ];
}

type Parameters = Readonly<Record<string, unknown>>;

/** Nothing can be counted, or stay as it is, for no time; nor can it have done so before its time is over. */
function timeProblems(assertion: Assertion): AssertionProblem[] {
  const { for: length, over, within, after } = assertion as Parameters;
  const problems: AssertionProblem[] = [];
  for (const [key, value] of [
    ['for', length],
    ['over', over],
  ] as const)
    if (value === 0)
      problems.push({
        key,
        message: `${assertion.kind} over no time says nothing`,
        hint: `Give ${key} some time, such as ${key}: 1s.`,
      });
  // In `within` a state must be there; `for` begins with it and ends by then.
  for (const [key, value] of [
    ['for', length],
    ['after', after],
  ] as const)
    if (typeof within === 'number' && typeof value === 'number' && within < value)
      problems.push({
        key: 'within',
        message: `within ${formatMicros(within as Micros)} is over before ${key} ${formatMicros(value as Micros)}: it can never hold`,
        hint: `Write within: ${formatMicros(value as Micros).replace(' ', '')} or more, or a shorter ${key}.`,
      });
  return problems;
}

function rangeProblems(assertion: Assertion): AssertionProblem[] {
  if (assertion.kind === 'adverts') {
    const { at_least: least = 0, at_most: most } = assertion;
    if (most !== undefined && least > most)
      return [
        {
          key: 'at_least',
          message: `at_least ${least} is above at_most ${most}: no number is both`,
          hint: 'Swap them, or leave one out.',
        },
      ];
  }
  if (assertion.kind === 'traffic-split') {
    const shares: Share[] = Object.values(assertion.shares);
    const least = shares.reduce(
      (sum, { share, tolerance }) => sum + Math.max(0, share - tolerance),
      0,
    );
    if (least > 1.000_001)
      return [
        {
          key: 'shares',
          message: `the shares come to ${Math.round(least * 100)}% at least`,
          hint: 'Together they are at most 100%.',
        },
      ];
  }
  return [];
}

function boundProblems(
  assertion: Assertion,
  router: VirtualRouter | undefined,
): AssertionProblem[] {
  if (router === undefined) return [];
  const times = protocolTimes(router);
  return Object.entries(assertion).flatMap(([key, value]): AssertionProblem[] => {
    if (!isBound(value)) return [];
    const bound = evaluateBound(value, times);
    if (bound >= 0) return [];
    return [
      {
        key,
        message: `the bound ${value.text} is ${formatMicros(bound)} for "${router.name}": no time is below zero`,
        hint: `mdi is ${formatMicros(times.mdi)}, skew ${formatMicros(times.skew)}, advert ${formatMicros(times.advert)} there.`,
      },
    ];
  });
}

function isBound(value: unknown): value is Bound {
  return typeof value === 'object' && value !== null && 'expression' in value && 'text' in value;
}

/** Whoever is no member never holds the addresses, has no priority and says nothing. */
function memberProblems(
  assertion: Assertion,
  router: VirtualRouter | undefined,
): AssertionProblem[] {
  const key = MEMBERS[assertion.kind];
  if (router === undefined || key === undefined) return [];
  const members = router.members.map(({ node }) => node);
  const words = [(assertion as Parameters)[key]].flat().map(String);
  const stranger = words.find((word) => word !== 'none' && !members.includes(word));
  const twice = words.find((word, i) => words.indexOf(word) !== i);
  if (stranger === undefined && twice === undefined) return [];
  return [
    {
      key,
      message:
        stranger === undefined
          ? `"${twice}" stands here twice`
          : `"${stranger}" is no member of "${router.name}": it can never be so`,
      hint: `Its members are ${members.join(', ')}.`,
    },
  ];
}

const MEMBERS: Readonly<Partial<Record<Assertion['kind'], string>>> = {
  owner: 'is',
  'effective-priority': 'on',
  notify: 'on',
};

function toldProblems(
  assertion: Assertion,
  router: VirtualRouter | undefined,
  { virtualRouters }: Topology,
): AssertionProblem[] {
  if (assertion.kind === 'notify' && router?.notify === false)
    return [
      {
        key: 'of',
        message: `"${router.name}" runs no notify script of the lab`,
        hint: `Write notify: true at "${router.name}" in the topology.`,
      },
    ];
  if (assertion.kind !== 'track') return [];
  const { script, on } = assertion;
  const isTracked = virtualRouters.some(
    ({ members, track }) =>
      members.some(({ node }) => node === on) && track.some(({ name }) => name === script),
  );
  if (isTracked || !virtualRouters.some(({ track }) => track.some(({ name }) => name === script)))
    return [];
  return [
    {
      key: 'on',
      message: `"${on}" does not track script "${script}"`,
      hint: 'Name a member of the virtual router that tracks it.',
    },
  ];
}
