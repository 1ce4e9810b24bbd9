/** Faults of the lab's check scripts. */
import * as z from 'zod';
import type { Micros } from '../time.ts';
import { named, scriptsOn, type Topology } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import { type FaultData, nothing } from './definition.ts';
import { type AboutFault, ofNamed } from './named.ts';

type Of<K extends string, T = unknown> = FaultData<K, { readonly script: string } & T>;

export type ScriptFault =
  | Of<'check-script.fail' | 'check-script.hang'>
  /** How long a run takes. */
  | Of<'check-script.slow', { readonly delay: Micros }>;

const plain = z.strictObject({
  script: name.optional().describe("Name of a check script [the node's first]"),
});

export const SCRIPT_FAULTS = {
  'check-script.fail': ofScript({ docs: "The lab's check script fails.", with: plain }),
  'check-script.hang': ofScript({ docs: "The lab's check script never ends.", with: plain }),
  'check-script.slow': ofScript({
    docs: "The lab's check script takes long, and succeeds.",
    with: plain.extend({ delay: duration.prefault('2s').describe('How long') }),
    problems: ({ kind, with: { delay } }, _, report) => nothing(kind, 'delay', delay, report),
  }),
};

function ofScript<W extends z.ZodObject>(about: AboutFault<W>) {
  return ofNamed<W, ScriptFault>('script', about, {
    lacks: 'runs no check script',
    namesOn: scriptsOn,
    why: ({ wanted, kind, topology }) =>
      wanted === undefined ? ` that ${kind} could command` : notCommanded(wanted, topology),
    add: 'Add one: track: { check: { weight: -60 } } of a virtual router.',
  });
}

/** Why no fault can command a script that the topology tracks. */
function notCommanded(script: string, { virtualRouters }: Topology): string {
  const tracked = named(
    virtualRouters.flatMap(({ track }) => track),
    script,
  );
  if (tracked?.isOwn === true)
    return ': that one is of your own configuration, and does what you wrote';
  return tracked?.service === undefined ? '' : ': that one asks a service, so strike the service';
}
