/** The state of the vrrp machine: its virtual routers, shared state, and indexes. */
import type { ReceivedPacket } from '../../net/receive-checks.ts';
import { type Instant, isDue, sooner } from '../../time.ts';
import { nextCheckerDeadline } from '../check/checker.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import { isFor, speaksOn } from '../core/same-router.ts';
import { earliest } from './deadlines.ts';
import { type InstanceState, initialState, type SyncGroup } from './instance-state.ts';
import type { InterfaceStatus } from './io.ts';
import { nextLinkDeadline, type PendingLinks } from './link-delay.ts';
import { nextPacingDeadline, type Pacing } from './pacing.ts';
import { createScript, type ScriptState } from './script-tracker.ts';
import { createSyncGroup } from './sync-group.ts';
import { newContext } from './tracking.ts';

type Values = ReturnType<typeof emptyRouter>;
type Constant = 'context' | 'pending' | 'pacing' | 'statuses';
export type RouterState = Readonly<Pick<Values, Constant>> & Omit<Values, Constant>;

function emptyRouter(config: DaemonConfig) {
  return {
    config,
    instances: [] as readonly InstanceState[],
    groups: [] as readonly SyncGroup[],
    scripts: [] as readonly ScriptState[],
    context: newContext(),
    /** Link changes that wait for `interface_up_down_delays`. */
    pending: new Map() as PendingLinks,
    /** Announcements that wait to be sent. */
    pacing: new Map() as Pacing,
    /** The last status of each interface. */
    statuses: new Map<string, InterfaceStatus>(),
    /** By `key`; several may share a VRID if their groups or peers differ. */
    byKey: new Map() as ReadonlyMap<string, readonly InstanceState[]>,
    byName: new Map() as ReadonlyMap<string, InstanceState>,
    started: false,
  };
}

export function createRouter(config: DaemonConfig): RouterState {
  const state = emptyRouter(config);
  const instances = config.instances.map((instance) => initialState(instance, state.context));
  adopt(state, config, instances, config.scripts.map(createScript));
  return state;
}

/** Sets the instances and scripts of the router, and binds them to their groups. */
export function adopt(
  state: RouterState,
  config: DaemonConfig,
  instances: readonly InstanceState[],
  scripts: readonly ScriptState[],
): void {
  state.config = config;
  state.instances = instances;
  state.scripts = scripts;
  for (const { config: script, check } of scripts)
    if (check.up !== undefined)
      state.context.objects.set(`script/${script.name}`, { up: check.up });
  state.byKey = byKey(instances);
  state.byName = new Map(instances.map((instance) => [instance.config.name, instance]));
  const before = state.groups;
  state.groups = config.syncGroups.map((group) =>
    createSyncGroup(
      group,
      group.members.flatMap((name) => state.byName.get(name) ?? []),
      before.find(({ config: old }) => old.name === group.name),
    ),
  );
}

function byKey(instances: readonly InstanceState[]): Map<string, InstanceState[]> {
  const found = new Map<string, InstanceState[]>();
  for (const instance of instances) {
    const id = keyOf(instance.config);
    found.set(id, [...(found.get(id) ?? []), instance]);
  }
  return found;
}

/** The instance that a packet with this VRID is for; undefined: none. */
export function addressee(
  state: RouterState,
  onInterface: string,
  packet: ReceivedPacket,
  vrid: number,
): InstanceState | undefined {
  const here = state.byKey.get(key(onInterface, packet.family, vrid));
  if (here === undefined || here.length === 1) return here?.[0];
  return here.find(({ config }) => isFor(config, packet));
}

/** Whether an Active_Down_Timer expires by `at`: a host may spin until then, because lateness prolongs the outage. */
export function takeoverDue(state: RouterState, at: Instant): boolean {
  return state.instances.some(({ deadlines }) => isDue(deadlines.down, at));
}

/** The earliest deadline of link delays and paced announcements. */
export function nextAside({ pending, pacing }: RouterState): Instant | undefined {
  return sooner(nextLinkDeadline(pending), nextPacingDeadline(pacing));
}

/** When the machine wants a `wake`; undefined: never. */
export function nextRouterDeadline(state: RouterState): Instant | undefined {
  let next = nextAside(state);
  for (const { deadlines } of state.instances) next = sooner(next, earliest(deadlines));
  for (const { check } of state.scripts) next = sooner(next, nextCheckerDeadline(check));
  return next;
}

/** Key of an instance: the interface on which it hears, its family and its VRID. */
export function keyOf(config: VrrpInstanceConfig): string {
  return key(speaksOn(config), config.family, config.vrid);
}

function key(onInterface: string, family: number, vrid: number): string {
  return `${onInterface}/${family}/${vrid}`;
}
