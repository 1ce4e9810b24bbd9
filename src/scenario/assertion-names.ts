/** Every parameter of an assertion that names something of the topology must name what is there. */
import type { Assertion, AssertionKind } from '../assert/assertions.ts';
import { nearest } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';

export interface NameProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** What a parameter may name. */
interface Named {
  readonly what: string;
  readonly known: readonly string[];
}

export function nameProblem(assertion: Assertion, topology: Topology): NameProblem | undefined {
  for (const [key, { what, known }] of Object.entries(namesOf(assertion.kind, topology))) {
    const given = (assertion as Record<string, unknown>)[key];
    // The shares of a split are keyed by node; a number is a length of time and names nothing.
    const value = key === 'shares' ? Object.keys(given ?? {}) : given;
    const word = [value].flat().find((one) => typeof one === 'string' && !known.includes(one));
    if (typeof word !== 'string') continue;
    const close = nearest(word, known);
    const hint =
      close === undefined
        ? `There are: ${known.join(', ') || 'none'}.`
        : `Did you mean "${close}"?`;
    return { key, message: `unknown ${what} "${word}"`, hint };
  }
  return undefined;
}

function namesOf(kind: AssertionKind, topology: Topology): Record<string, Named> {
  const { nodes: all, virtualRouters, virtualServers, probes } = topology;
  const names = (list: readonly { readonly name: string }[]): string[] =>
    list.map(({ name }) => name);
  const node = { what: 'node', known: names(all) };
  const virtualRouter = { what: 'virtual router', known: names(virtualRouters) };
  const virtualServer = { what: 'virtual server', known: names(virtualServers) };
  const web = { what: 'probe of type http', known: names(probes.filter(({ http }) => http)) };
  const scripts = names(virtualRouters.flatMap(({ track }) => track));
  const general: Record<string, Named> = {
    vip: virtualRouter,
    for: virtualRouter,
    of: virtualRouter,
    in: virtualServer,
    on: { what: 'router', known: names(all.filter(({ role }) => role === 'router')) },
    is: node,
    from: node,
    at: { what: 'client', known: names(all.filter(({ role }) => role !== 'router')) },
    probe: { what: 'probe', known: names(probes.filter(({ http }) => http === undefined)) },
    script: { what: 'tracked script', known: scripts },
    shares: node,
  };
  const word = { what: 'word', known: ['up', 'down'] };
  const special: Partial<Record<AssertionKind, Record<string, Named>>> = {
    owner: { is: { what: 'node', known: [...node.known, 'none'] } },
    health: { of: node, is: word },
    track: { is: word },
    pool: { of: virtualServer },
    drained: { of: virtualServer },
    'traffic-split': { probe: web },
    'request-success': { probe: web },
  };
  return { ...general, ...special[kind] };
}
