/** Faults of adverts: blocked, lost, forged. */
import * as z from 'zod';
import { suggestion } from '../errors.ts';
import { addressOn, named, type Topology, type VirtualRouter } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import {
  define,
  type FaultData,
  type LabState,
  type ReportProblem,
  type Request,
  tooOften,
} from './definition.ts';
import { DEFECTS, type Defect, type Forgery } from './forge.ts';
import type { Peer } from './path.ts';
import type { Selector } from './selector.ts';

/** As the node sees it. */
export type BlockDirection = 'in' | 'out' | 'both';

export type VrrpFault =
  | FaultData<'vrrp.block', Block>
  /** The next `count` adverts of a peer. */
  | FaultData<'vrrp.lose', { readonly from: Peer; readonly count: number }>
  | FaultData<'vrrp.forge', { readonly forgery: Forgery }>;

export interface Block {
  readonly direction: BlockDirection;
  /** The path from that node is cut. */
  readonly from?: Peer;
  /** Out only: the node's own firewall, which reports an error to the sender (EPERM). */
  readonly mode?: 'reject';
}

const count = z.int().min(1).max(1_000_000);

const blocked = z.strictObject({
  direction: z
    .enum(['in', 'out', 'both'])
    .optional()
    .describe('As the node sees it [both; with from: in]'),
  from: name.optional().describe('Only what this node sends [what every node sends]'),
  mode: z
    .enum(['drop', 'reject', 'reset'])
    .default('drop')
    .describe('reject: outgoing only, and the sender gets an error (EPERM); reset is for ports'),
});

const lost = z.strictObject({
  from: name.describe('Only what this node sends'),
  count: count.default(1).describe('Adverts'),
});

const forged = z.strictObject({
  virtual_router: name.optional().describe('In whose name [the first]'),
  priority: z.int().min(0).max(255).default(1).describe('0..255'),
  every: duration.prefault('100ms').describe('Between two adverts'),
  count: count.optional().describe('Adverts [until it heals]'),
  checksum: z.enum(['good', 'bad']).optional().describe('[good]'),
  defect: z.enum(DEFECTS).optional().describe('The receive check that its adverts fail [none]'),
});

export const VRRP_FAULTS = {
  'vrrp.block': define({
    docs: 'A firewall of the node drops adverts (IP protocol 112); with `from`, those of one node only.',
    target: 'node',
    effects: ['silences', 'promotes', 'deafens', 'impairs'],
    with: blocked,
    problems: (request, topology, report) => {
      checkMode(request.with, report);
      checkPeer(request, topology, report);
    },
    resolve: (node, { with: { from, mode, direction = 'both' } }, state): VrrpFault => {
      const about = { kind: 'vrrp.block', node } as const;
      if (mode === 'reject') return { ...about, direction: 'out', mode };
      return from === undefined
        ? { ...about, direction }
        : { ...about, direction: 'in', from: peer(from, state) };
    },
  }),
  'vrrp.lose': define({
    docs: 'The next adverts of a peer do not arrive at the node.',
    target: 'node',
    effects: ['promotes', 'deafens', 'impairs'],
    with: lost,
    problems: checkPeer,
    resolve: (node, { with: { from, count: adverts } }, state): VrrpFault => ({
      kind: 'vrrp.lose',
      node,
      from: peer(from, state),
      count: adverts,
    }),
  }),
  'vrrp.forge': define({
    docs: 'The node sends adverts in the name of a virtual router (IPv4).',
    target: 'node',
    effects: ['impersonates', 'impairs'],
    with: forged,
    problems: checkForgery,
    concerns: ({ with: settings }, topology) => {
      const router = spokenFor(settings, topology);
      return router === undefined ? [] : [router.name];
    },
    resolve: (node, { with: settings }, { topology }): VrrpFault => ({
      kind: 'vrrp.forge',
      node,
      forgery: forgeryOn(node, settings, topology),
    }),
  }),
};

function defectOf({ defect, checksum }: z.output<typeof forged>): Defect | undefined {
  return defect ?? (checksum === 'bad' ? 'checksum' : undefined);
}

function peer(node: string, state: LabState): Peer {
  return { node, addresses: state.senders(node) };
}

/** Only packets of the node itself can be refused with an error to the sender. */
function checkMode(
  { mode, direction = 'out', from }: z.output<typeof blocked>,
  report: ReportProblem,
): void {
  if (mode === 'reset') report('mode', 'vrrp.block resets nothing', 'Write drop or reject.');
  if (mode !== 'reject' || (direction === 'out' && from === undefined)) return;
  const hint = 'Write direction: out without from, or mode: drop.';
  report('mode', 'mode: reject refuses what the node itself sends', hint);
}

/** The node whose adverts are dropped at the target. */
function checkPeer(
  {
    target,
    with: { from, direction },
  }: { readonly target: Selector; readonly with: Partial<z.output<typeof blocked>> },
  { nodes }: Topology,
  report: ReportProblem,
): void {
  if (from === undefined) return;
  const names = nodes.map((node) => node.name);
  const sender = named(nodes, from);
  const own = target.kind === 'node' ? named(nodes, target.name) : undefined;
  const networks = sender?.attach.map(({ network }) => network) ?? [];
  if (sender === undefined) report('from', `unknown node "${from}"`, suggestion(from, names));
  else if (own === sender) report('from', `"${from}" is the target itself`);
  else if (own !== undefined && !own.attach.some(({ network }) => networks.includes(network)))
    report('from', `"${from}" and "${own.name}" share no network`);
  if (direction === 'out' || direction === 'both')
    report('direction', '"from" drops what arrives', 'Write direction: in, or leave it out.');
}

function spokenFor(
  { virtual_router: wanted }: z.output<typeof forged>,
  { virtualRouters }: Topology,
): VirtualRouter | undefined {
  return wanted === undefined ? virtualRouters[0] : named(virtualRouters, wanted);
}

/** Over IPv4 only: an IPv6 advert must come from a link-local address, which no topology names. */
function checkForgery(
  { kind, target, with: settings }: Request<typeof forged>,
  topology: Topology,
  report: ReportProblem,
): void {
  const { virtual_router: wanted, checksum, defect } = settings;
  tooOften(kind, settings.every, report);
  const router = spokenFor(settings, topology);
  if (router?.family !== 4)
    report(
      'fault',
      `vrrp.forge needs a virtual router of IPv4, not "${wanted ?? router?.name ?? ''}"`,
    );
  else if (
    target.kind !== 'node' ||
    addressOn(named(topology.nodes, target.name), router.network, 4) === undefined
  )
    report(
      'target',
      `vrrp.forge needs a node with an IPv4 address on "${router.network}"`,
      'Write node(NAME).',
    );
  if (checksum !== undefined && defect !== undefined)
    report('checksum', 'a forged advert has one defect', 'Leave checksum out.');
  // Some fields exist in one version only.
  const bad = defectOf(settings);
  if (bad === 'auth-type' && router?.version === 3)
    report('defect', 'only VRRP version 2 has an auth type');
  if (bad === 'count' && router?.version === 2)
    report('defect', 'version 2 allows an advert without addresses');
}

function forgeryOn(node: string, settings: z.output<typeof forged>, topology: Topology): Forgery {
  const router = spokenFor(settings, topology);
  const source = addressOn(named(topology.nodes, node), router?.network ?? '', 4);
  if (router === undefined || source === undefined)
    throw new Error(`checked when the file was read: ${node} has an IPv4 address on the segment`);
  const { network, version, vrid, advertInterval: interval } = router;
  const { priority, every, count: adverts } = settings;
  const defect = defectOf(settings);
  return {
    network,
    source,
    version,
    vrid,
    interval,
    addresses: router.addresses.map(({ address }) => address),
    priority,
    every,
    ...(adverts === undefined ? {} : { count: adverts }),
    ...(defect === undefined ? {} : { defect }),
  };
}
