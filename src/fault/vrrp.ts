/** Faults of adverts: blocked, lost, forged. */
import * as z from 'zod';
import { suggestion } from '../errors.ts';
import { addressOn, nodeNamed } from '../topology/attachment.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import {
  define,
  type LabState,
  type Problem,
  problemAt,
  type Request,
  tooOften,
} from './definition.ts';
import { DEFECTS, type Defect, type Forgery } from './forge.ts';
import type { Peer } from './path.ts';
import type { Selector } from './selector.ts';

/** As the node sees it. */
export type BlockDirection = 'in' | 'out' | 'both';

export type VrrpFault =
  /** `from`: the path from that node is cut. */
  | {
      readonly kind: 'vrrp.block';
      readonly node: string;
      readonly direction: BlockDirection;
      readonly from?: Peer;
      /** Out only: the node's own firewall, which reports an error to the sender (EPERM). */
      readonly mode?: 'reject';
    }
  /** The next `count` adverts of a peer. */
  | {
      readonly kind: 'vrrp.lose';
      readonly node: string;
      readonly from: Peer;
      readonly count: number;
    }
  | { readonly kind: 'vrrp.forge'; readonly node: string; readonly forgery: Forgery };

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
    problems: ({ target, with: settings }, topology) => [
      ...modeProblems(settings),
      ...peerProblems(target, settings, topology),
    ],
    resolve: (node, { with: settings }, state): VrrpFault => {
      const { from, mode } = settings;
      const about = { kind: 'vrrp.block', node } as const;
      if (mode === 'reject') return { ...about, direction: 'out', mode };
      return from === undefined
        ? { ...about, direction: directionOf(settings) }
        : { ...about, direction: 'in', from: peer(from, state) };
    },
  }),
  'vrrp.lose': define({
    docs: 'The next adverts of a peer do not arrive at the node.',
    target: 'node',
    effects: ['promotes', 'deafens', 'impairs'],
    with: lost,
    problems: ({ target, with: settings }, topology) => peerProblems(target, settings, topology),
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
    problems: forgeProblems,
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

function directionOf({ direction, from }: z.output<typeof blocked>): BlockDirection {
  return direction ?? (from === undefined ? 'both' : 'in');
}

function defectOf({ defect, checksum }: z.output<typeof forged>): Defect | undefined {
  return defect ?? (checksum === 'bad' ? 'checksum' : undefined);
}

function peer(node: string, state: LabState): Peer {
  return { node, addresses: state.senders(node) };
}

/** Only what the node itself sends can be refused with an error to its sender. */
function modeProblems({ mode, direction = 'out', from }: z.output<typeof blocked>): Problem[] {
  if (mode === 'reset')
    return [problemAt('mode', 'vrrp.block resets nothing', 'Write drop or reject.')];
  if (mode === 'drop' || (direction === 'out' && from === undefined)) return [];
  const hint = 'Write direction: out without from, or mode: drop.';
  return [problemAt('mode', 'mode: reject refuses what the node itself sends', hint)];
}

/** The node whose adverts are dropped at the target. */
function peerProblems(
  target: Selector,
  { from, direction }: Partial<z.output<typeof blocked>>,
  { nodes }: Topology,
): Problem[] {
  if (from === undefined) return [];
  const problems: Problem[] = [];
  const report = (...about: Parameters<typeof problemAt>): unknown =>
    problems.push(problemAt(...about));
  const names = nodes.map((node) => node.name);
  const sender = nodes.find((node) => node.name === from);
  const own = target.kind === 'node' ? nodes.find((node) => node.name === target.name) : undefined;
  const networks = sender?.attach.map(({ network }) => network) ?? [];
  if (sender === undefined) report('from', `unknown node "${from}"`, suggestion(from, names));
  else if (own === sender) report('from', `"${from}" is the target itself`);
  else if (own !== undefined && !own.attach.some(({ network }) => networks.includes(network)))
    report('from', `"${from}" and "${own.name}" share no network`);
  if (direction === 'out' || direction === 'both')
    report('direction', '"from" drops what arrives', 'Write direction: in, or leave it out.');
  return problems;
}

function spokenFor(
  { virtual_router: wanted }: z.output<typeof forged>,
  { virtualRouters }: Topology,
): VirtualRouter | undefined {
  return wanted === undefined
    ? virtualRouters[0]
    : virtualRouters.find((router) => router.name === wanted);
}

/** Over IPv4 only: an IPv6 advert must come from a link-local address, which no topology names. */
function forgeProblems(
  { kind, target, with: settings }: Request<typeof forged>,
  topology: Topology,
): Problem[] {
  const { virtual_router: wanted, checksum, defect } = settings;
  const problems = tooOften(kind, settings.every);
  const report = (...about: Parameters<typeof problemAt>): unknown =>
    problems.push(problemAt(...about));
  const router = spokenFor(settings, topology);
  if (router?.family !== 4)
    report(
      'fault',
      `vrrp.forge needs a virtual router of IPv4, not "${wanted ?? router?.name ?? ''}"`,
    );
  else if (
    target.kind !== 'node' ||
    addressOn(nodeNamed(topology, target.name), router.network, 4) === undefined
  )
    report(
      'target',
      `vrrp.forge needs a node with an IPv4 address on "${router.network}"`,
      'Write node(NAME).',
    );
  if (checksum !== undefined && defect !== undefined)
    report('checksum', 'a forged advert has one defect', 'Leave checksum out.');
  const impossible = impossibleDefect(defectOf(settings), router?.version);
  if (impossible !== undefined) report('defect', impossible);
  return problems;
}

/** Some fields exist in one version only. */
function impossibleDefect(
  defect: Defect | undefined,
  version: VirtualRouter['version'] | undefined,
): string | undefined {
  if (defect === 'auth-type' && version === 3) return 'only VRRP version 2 has an auth type';
  if (defect === 'count' && version === 2) return 'version 2 allows an advert without addresses';
  return undefined;
}

function forgeryOn(node: string, settings: z.output<typeof forged>, topology: Topology): Forgery {
  const router = spokenFor(settings, topology);
  const source = addressOn(nodeNamed(topology, node), router?.network ?? '', 4);
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
