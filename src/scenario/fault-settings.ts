/** What stands under `with:` of a fault, with its defaults, and whether it names what is there. */
import { micros, milliseconds, seconds } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import type { FaultSettings, Selector } from './scenario.ts';
import type { StepText } from './scenario-schema.ts';

type WithText = NonNullable<StepText['with']>;

const HTTP_PORT = 80;
const SERVER_ERROR = 500;

export function faultSettings(text: WithText): FaultSettings {
  return {
    port: text.port ?? HTTP_PORT,
    mode: text.mode ?? 'drop',
    icmp: text.type ?? 'all',
    service: text.service,
    script: text.script,
    delay: text.delay ?? seconds(2),
    status: text.status ?? SERVER_ERROR,
    body: text.body ?? 'wrong',
    every: text.every ?? milliseconds(1_000),
    count: text.count ?? 1,
    by: text.by ?? micros(0),
  };
}

/** A service that the named node has not. Scripts are known only when the engines are. */
export function unknownSetting(
  { service }: WithText,
  target: Selector,
  { nodes }: Topology,
): { readonly key: string; readonly message: string } | undefined {
  if (service === undefined || target.kind !== 'node') return undefined;
  const known = nodes.find(({ name }) => name === target.name)?.services.map(({ name }) => name);
  if (known === undefined || known.includes(service)) return undefined;
  const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  return { key: 'service', message: `"${target.name}" has no service "${service}": ${there}` };
}
