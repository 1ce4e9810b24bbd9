/** The fault of a step: its target, and what stands under `with:`, every name in it checked. */

import { suggestion } from '../errors.ts';
import { FAULTS, type FaultKind } from '../fault/fault.ts';
import { milliseconds } from '../time.ts';
import { addressOn } from '../topology/attachment.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import type { Path } from '../topology/yaml/yaml-source.ts';
import { faultSettings } from './fault-settings.ts';
import { targetProblem } from './fault-target.ts';
import type { FaultStep, ForgeStep, ReloadStep, Selector } from './scenario.ts';
import type { StepText } from './scenario-schema.ts';
import { parseSelector } from './selector.ts';

/** Tells a mistake at a path inside the step. */
type Tell = (key: Path, message: string, hint?: string) => void;

export function readFault(text: StepText, topology: Topology, tell: Tell): FaultStep | undefined {
  if (text.fault === undefined) {
    for (const key of ['target', 'with', 'for'] as const)
      if (text[key] !== undefined) tell([key], `"${key}" needs a fault in the same step`);
    return undefined;
  }
  const kind = kindOf(text.fault);
  if (kind === undefined) {
    const known = Object.keys(FAULTS);
    tell(['fault'], `unknown fault "${text.fault}"`, suggestion(text.fault, known));
    return undefined;
  }
  checkKeys(kind, text, tell);
  checkTimes(kind, text, tell);
  if (kind === 'vrrp.block') checkMode(text.with ?? {}, tell);
  if (text.target === undefined) {
    tell(['fault'], `${kind} needs a target`, 'For example: target: owner(web)');
    return undefined;
  }
  const target = parseSelector(text.target, topology);
  if (typeof target === 'string') {
    tell(['target'], target);
    return undefined;
  }
  const from = readPeer(text, target, topology, tell);
  const fault: FaultStep = {
    kind,
    target,
    process: text.with?.process ?? 'all',
    direction: text.with?.direction ?? (from === undefined ? 'both' : 'in'),
    settings: faultSettings(text.with ?? {}),
    forge: kind === 'vrrp.forge' ? readForge(text, topology, target, tell) : undefined,
    from,
    reload: kind === 'process.reload' ? readReload(text, topology, target, tell) : undefined,
    for: text.for,
  };
  const problem = targetProblem(fault, topology);
  if (problem !== undefined) tell(problem.key, problem.message, problem.hint);
  return fault;
}

function kindOf(word: string): FaultKind | undefined {
  return Object.hasOwn(FAULTS, word) ? (word as FaultKind) : undefined;
}

/** A fault of no length, and one that delays by nothing, does nothing. */
function checkTimes(kind: FaultKind, text: StepText, tell: Tell): void {
  if (text.for === 0)
    tell(['for'], `${kind} would heal at once`, 'Give it some time, or leave `for` out.');
  for (const key of ['delay', 'by'] as const)
    if (text.with?.[key] === 0) tell(['with', key], `${kind} by nothing does nothing`);
}

/** What goes on at a shorter interval does nothing else. */
const SHORTEST = milliseconds(1);

function checkKeys(fault: FaultKind, text: StepText, tell: Tell): void {
  if (text.with?.every !== undefined && text.with.every < SHORTEST)
    tell(['with', 'every'], `${fault} goes on every 1ms or more`);
  const { with: known, needs = [] } = FAULTS[fault];
  const given = Object.keys(text.with ?? {});
  for (const key of given.filter((one) => !known.includes(one))) {
    const hint = known.length === 0 ? 'It takes nothing.' : `It takes ${known.join(', ')}.`;
    tell(['with', key], `"${key}" means nothing to ${fault}`, hint);
  }
  for (const key of needs.filter((one) => !given.includes(one)))
    tell(['fault'], `${fault} needs "${key}"`, `Write with: { ${key}: ... }.`);
}

/** Only what the node itself sends can be refused so that its sender is told. */
function checkMode(
  { mode = 'drop', direction = 'out', from }: NonNullable<StepText['with']>,
  tell: Tell,
): void {
  if (mode === 'drop') return;
  if (mode === 'reset')
    tell(['with', 'mode'], 'vrrp.block resets nothing', 'Write drop or reject.');
  else if (direction !== 'out' || from !== undefined)
    tell(
      ['with', 'mode'],
      'mode: reject refuses what the node itself sends',
      'Write direction: out without from, or mode: drop.',
    );
}

/** The node whose adverts are dropped at the target. */
function readPeer(
  text: StepText,
  target: Selector,
  { nodes }: Topology,
  tell: Tell,
): string | undefined {
  const { from, direction } = text.with ?? {};
  if (from === undefined) return undefined;
  const known = nodes.map(({ name }) => name);
  const peer = nodes.find(({ name }) => name === from);
  const own = target.kind === 'node' ? nodes.find(({ name }) => name === target.name) : undefined;
  const networks = peer?.attach.map(({ network }) => network) ?? [];
  if (peer === undefined) tell(['with', 'from'], `unknown node "${from}"`, suggestion(from, known));
  else if (own === peer) tell(['with', 'from'], `"${from}" is the target itself`);
  else if (own !== undefined && !own.attach.some(({ network }) => networks.includes(network)))
    tell(['with', 'from'], `"${from}" and "${own.name}" share no network`);
  if (direction === 'out' || direction === 'both')
    tell(
      ['with', 'direction'],
      '"from" drops what arrives',
      'Write direction: in, or leave it out.',
    );
  return from;
}

/** Over IPv4 only: an IPv6 advert must come from a link-local address, which no topology names. */
function readForge(text: StepText, topology: Topology, target: Selector, tell: Tell): ForgeStep {
  const {
    virtual_router,
    priority = 1,
    every = milliseconds(100),
    count,
    checksum,
    defect,
  } = text.with ?? {};
  const of = virtual_router ?? topology.virtualRouters[0]?.name ?? '';
  const router = topology.virtualRouters.find(({ name }) => name === of);
  if (router?.family !== 4)
    tell(['fault'], `vrrp.forge needs a virtual router of IPv4, not "${of}"`);
  else if (
    target.kind !== 'node' ||
    addressOn(topology, target.name, router.network, 4) === undefined
  )
    tell(
      ['target'],
      `vrrp.forge needs a node with an IPv4 address on "${router.network}"`,
      'Write node(NAME).',
    );
  if (checksum !== undefined && defect !== undefined)
    tell(['with', 'checksum'], 'a forged advert has one defect', 'Leave checksum out.');
  const wanted = defect ?? (checksum === 'bad' ? 'checksum' : undefined);
  const impossible = router === undefined ? undefined : noDefect(wanted, router);
  if (impossible !== undefined) tell(['with', 'defect'], impossible);
  return { of, priority, every, count, defect: wanted };
}

/** Some fields exist in one version only. */
function noDefect(defect: ForgeStep['defect'], { version }: VirtualRouter): string | undefined {
  if (defect === 'auth-type' && version === 3) return 'only VRRP version 2 has an auth type';
  if (defect === 'count' && version === 2) return 'version 2 allows an advert without addresses';
  return undefined;
}

/** Undefined: the same configuration once more. */
function readReload(
  text: StepText,
  { virtualRouters }: Topology,
  target: Selector,
  tell: Tell,
): ReloadStep | undefined {
  const { priority, virtual_router: of } = text.with ?? {};
  if (of !== undefined && priority === undefined)
    tell(['with', 'virtual_router'], 'the priority of a virtual router: which?', 'Add priority.');
  if (priority === 0) tell(['with', 'priority'], 'a router is configured with 1..255');
  const router = virtualRouters.find(({ name }) => name === of);
  const known = virtualRouters.map(({ name }) => name);
  if (of !== undefined && router === undefined)
    tell(['with', 'virtual_router'], `unknown virtual router "${of}"`, suggestion(of, known));
  else if (target.kind === 'node' && priority !== undefined) {
    const concerned = router === undefined ? virtualRouters : [router];
    if (!concerned.some(({ members }) => members.some(({ node }) => node === target.name)))
      tell(['target'], `"${target.name}" is no member of ${of ?? 'any virtual router'}`);
  }
  return priority === undefined ? undefined : { priority, of };
}
