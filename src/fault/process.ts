/** Faults of a router's processes. */
import * as z from 'zod';
import { suggestion } from '../errors.ts';
import { KINDS } from '../kind/kinds.ts';
import type { Node, Topology } from '../topology/topology.ts';
import { duration, name, signedDuration } from '../topology/yaml/scalars.ts';
import { type ConfigChange, configChange } from './config-change.ts';
import {
  define,
  type Lack,
  type Named,
  nothing,
  type PlainFault,
  problemAt,
  type ReportProblem,
  type Request,
  tooOften,
} from './definition.ts';

export type ProcessFault =
  | PlainFault<'process.kill' | 'process.pause', typeof signalled>
  | PlainFault<'process.crash-loop', typeof crashing>
  | PlainFault<'process.slow', typeof slowed>
  /** SIGHUP; `change`: after another configuration was written, until it heals. */
  | {
      readonly kind: 'process.reload';
      readonly node: string;
      readonly change?: ConfigChange;
      /** The new configuration, for a backend without files. */
      readonly priority?: number;
    };

/** The processes of a router that a fault hits; `all` hits every one within 1 ms. */
export type ProcessRole = z.output<typeof signalled>['process'];

const slowed = z.strictObject({ by: signedDuration.describe('How much later') });

const signalled = z.strictObject({
  process: z
    .enum(['all', 'parent', 'vrrp', 'check'])
    .default('all')
    .describe('Which processes of the router'),
});

const crashing = z.strictObject({
  process: z.enum(['vrrp', 'check']).default('vrrp').describe('Which child of the router'),
  every: duration.prefault('1s').describe('From one SIGKILL to the next'),
});

const reloaded = z.strictObject({
  priority: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe('Configured priority until it heals, 1..255 [unchanged]'),
  virtual_router: name.optional().describe('Whose priority [all virtual routers of the node]'),
});

export const PROCESS_FAULTS = {
  'process.kill': define({
    docs: 'SIGKILL: the kernel of the node lives on, and with it the virtual addresses it holds; it starts at heal.',
    target: 'router',
    effects: ['silences'],
    silent: true,
    ends: 'once',
    with: signalled,
    lack: checksNothing,
  }),
  'process.crash-loop': define({
    docs: 'SIGKILL of a child of the router, and again each time its parent has started it.',
    target: 'router',
    effects: ['silences', 'promotes', 'deafens', 'impairs'],
    silent: true,
    ends: 'repeatedly',
    with: crashing,
    problems: ({ kind, with: { every } }, _, report) => tooOften(kind, every, report),
    lack: checksNothing,
  }),
  'process.pause': define({
    docs: 'SIGSTOP, and SIGCONT at heal.',
    target: 'router',
    effects: ['silences', 'promotes', 'deafens'],
    silent: true,
    with: signalled,
    lack: checksNothing,
  }),
  'process.reload': define({
    docs: 'SIGHUP: the router reads its configuration again, with another priority if one is given.',
    target: 'router',
    effects: ['promotes'],
    with: reloaded,
    problems: reloadProblems,
    lack: ownFile,
    concerns: ({ with: { virtual_router: of } }) => (of === undefined ? [] : [of]),
    unsupported: readsOnce,
    resolve: (node, { with: { priority, virtual_router: of } }, { topology }) => {
      if (priority === undefined) return { kind: 'process.reload', node } satisfies ProcessFault;
      const change = configChange({ priority, of }, node, topology);
      return typeof change === 'string'
        ? change
        : ({ kind: 'process.reload', node, change, priority } satisfies ProcessFault);
    },
  }),
  'process.slow': define({
    docs: 'Every timer of the router fires later.',
    target: 'router',
    effects: ['deafens', 'impairs'],
    with: slowed,
    problems: ({ kind, with: { by } }, _, report) => nothing(kind, 'by', by, report),
  }),
};

function checksNothing(
  { name: node, config }: Node,
  { with: { process } }: { readonly with: { readonly process: ProcessRole } },
  { label, topology }: Named,
): Lack | undefined {
  const balances =
    config?.balances ?? topology.virtualServers.some(({ routers }) => routers.includes(node));
  if (process !== 'check' || balances) return undefined;
  return problemAt(
    'process',
    `${label} has no virtual server, so no process checks servers`,
    'Add virtual_servers to the topology, or name another process.',
  );
}

function ownFile(
  { config }: Node,
  { with: { priority } }: Request<typeof reloaded>,
  { label }: Named,
): Lack | undefined {
  if (priority === undefined || config === undefined) return undefined;
  const message = `${label} has a configuration of your own: nothing writes another priority into it`;
  const hint = 'Leave priority out: the file is read again as it is.';
  return { ...problemAt('priority', message, hint), always: true };
}

function reloadProblems(
  { with: { priority, virtual_router: of }, target }: Request<typeof reloaded>,
  { virtualRouters }: Topology,
  report: ReportProblem,
): void {
  if (of !== undefined && priority === undefined)
    report('virtual_router', 'the priority of a virtual router: which?', 'Add priority.');
  if (priority === 0) report('priority', 'a router is configured with 1..255');
  const known = virtualRouters.map((router) => router.name);
  const concerned = virtualRouters.filter((router) => router.name === (of ?? router.name));
  if (of !== undefined && concerned.length === 0)
    report('virtual_router', `unknown virtual router "${of}"`, suggestion(of, known));
  else if (
    target.kind === 'node' &&
    priority !== undefined &&
    !concerned.some(({ members }) => members.some(({ node }) => node === target.name))
  )
    report('target', `"${target.name}" is no member of ${of ?? 'any virtual router'}`);
}

/** Routers that the target may name and that read their file only once. */
function readsOnce(
  { with: { priority }, target }: Request<typeof reloaded>,
  { nodes }: Topology,
): string[] {
  if (priority === undefined) return [];
  return nodes
    .filter((node) => node.role === 'router' && !KINDS[node.engine].rereads)
    .filter((node) => target.kind !== 'node' || target.name === node.name)
    .map((node) => `${node.name}: ${node.engine} cannot read another priority at SIGHUP`);
}
