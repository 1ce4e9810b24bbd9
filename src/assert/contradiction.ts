/** Parameters that contradict each other, or that judge nothing. */
import { formatMicros, type Micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import type { Problem } from './assertion.ts';
import { type Bound, evaluateBound } from './bound.ts';
import { protocolTimes } from './protocol-times.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** Errors in the times and bounds of any assertion. `router`: its virtual router. */
export function timeProblems(
  kind: string,
  parameters: Parameters,
  router: VirtualRouter | undefined,
): Problem[] {
  return [
    ...['for', 'over'].filter((key) => parameters[key] === 0).flatMap((key) => noTime(kind, key)),
    ...['for', 'after'].flatMap((key) => tooShort(parameters, key)),
    ...(router === undefined
      ? []
      : Object.entries(parameters).flatMap(([key, value]) => belowZero(key, value, router))),
  ];
}

/** One problem; the message and the hint are shown on lines of their own. */
export function problem(key: string | undefined, message: string, hint: string): Problem[] {
  return [{ key, message, hint }];
}

function noTime(kind: string, key: string): Problem[] {
  const hint = `Give ${key} some time, such as ${key}: 1s.`;
  return problem(key, `${kind} over no time says nothing`, hint);
}

/** A state must be reached within `within`; `for` begins with the state and must end by then. */
function tooShort(parameters: Parameters, key: string): Problem[] {
  const { within, [key]: value } = parameters;
  if (typeof within !== 'number' || typeof value !== 'number' || within >= value) return [];
  const needed = formatMicros(value as Micros);
  return problem(
    'within',
    `within ${formatMicros(within as Micros)} is over before ${key} ${needed}: it can never hold`,
    `Write within: ${needed.replace(' ', '')} or more, or a shorter ${key}.`,
  );
}

function belowZero(key: string, value: unknown, router: VirtualRouter): Problem[] {
  if (!isBound(value)) return [];
  const times = protocolTimes(router);
  const bound = evaluateBound(value, times);
  if (bound >= 0) return [];
  return problem(
    key,
    `the bound ${value.text} is ${formatMicros(bound)} for "${router.name}": no time is below zero`,
    `mdi is ${formatMicros(times.mdi)}, skew ${formatMicros(times.skew)}, advert ${formatMicros(times.advert)} there.`,
  );
}

function isBound(value: unknown): value is Bound {
  return typeof value === 'object' && value !== null && 'terms' in value && 'text' in value;
}

/** A node that is no member never holds the addresses, has no priority and reports nothing. */
export function memberProblems(
  key: string,
  names: readonly string[],
  router: VirtualRouter | undefined,
): Problem[] {
  if (router === undefined) return [];
  const members = router.members.map(({ node }) => node);
  const stranger = names.find((name) => name !== 'none' && !members.includes(name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (stranger === undefined && twice === undefined) return [];
  const message =
    stranger === undefined
      ? `"${twice}" stands here twice`
      : `"${stranger}" is no member of "${router.name}": it can never be so`;
  return problem(key, message, `Its members are ${members.join(', ')}.`);
}
