/** Faults of the lab's check scripts. */
import * as z from 'zod';
import type { Micros } from '../time.ts';
import { scriptsOn } from '../topology/check-scripts.ts';
import type { Topology } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import {
  define,
  type FaultData,
  type FaultDefinition,
  nothing,
  problemAt,
  type Request,
} from './definition.ts';
import { suggest } from './selector.ts';

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

/** A fault of a script with what all of them share: the script is named, or is the first of the node. */
function ofScript<W extends z.ZodObject>(
  about: Pick<FaultDefinition<W>, 'docs' | 'with' | 'problems'>,
): FaultDefinition<W, ScriptFault> {
  return define({
    ...about,
    target: 'node',
    lack: (node, request, { label, topology }) => {
      const known = scriptsOn(topology, node.name);
      const script = scriptOf(request);
      const add = 'Add one: track: { check: { weight: -60 } } of a virtual router.';
      const hint = suggest(script, known, add);
      if (script === undefined ? known.length > 0 : known.includes(script)) return undefined;
      return script === undefined
        ? problemAt(
            'fault',
            `${label} runs no check script that ${request.kind} could command`,
            hint,
          )
        : problemAt(
            'script',
            `${label} runs no check script "${script}"${notCommanded(script, topology)}`,
            hint,
          );
    },
    resolve: (node, request, { topology }) => {
      const scripts = scriptsOn(topology, node);
      const script = scriptOf(request) ?? scripts[0];
      return script === undefined || !scripts.includes(script)
        ? `${node} runs no check script${script === undefined ? '' : ` "${script}"`}`
        : ({ kind: request.kind, node, ...request.with, script } as ScriptFault);
    },
  });
}

function scriptOf(request: Pick<Request, 'with'>): string | undefined {
  return (request.with as z.output<typeof plain>).script;
}

/** Why no fault can command a script that the topology tracks. */
function notCommanded(script: string, { virtualRouters }: Topology): string {
  const tracked = virtualRouters.flatMap(({ track }) => track).find((each) => each.name === script);
  if (tracked?.isOwn === true)
    return ': that one is of your own configuration, and does what you wrote';
  return tracked?.service === undefined ? '' : ': that one asks a service, so strike the service';
}
