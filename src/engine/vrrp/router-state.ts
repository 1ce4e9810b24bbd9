/** The state of the vrrp machine: its virtual routers, what they share, and who finds whom. */
import type { ReceivedPacket } from '../../net/receive-checks.ts';
import { type Instant, isDue, sooner } from '../../time.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import { isFor, speaksOn } from '../core/same-router.ts';
import { earliest } from './deadlines.ts';
import { type InstanceState, initialState, type SyncGroup } from './instance-state.ts';
import type { InterfaceStatus } from './io.ts';
import { nextLinkDeadline, type PendingLinks } from './link-delay.ts';
import { nextPacingDeadline, type Pacing } from './pacing.ts';
import { createScript, nextScriptDeadline, type ScriptState } from './script-tracker.ts';
import { createSyncGroup } from './sync-group.ts';
import { newSurroundings, type Surroundings } from './tracking.ts';

export interface RouterState {
  config: DaemonConfig;
  instances: readonly InstanceState[];
  groups: readonly SyncGroup[];
  scripts: readonly ScriptState[];
  readonly around: Surroundings;
  /** Links whose change must last before it counts. */
  readonly pending: PendingLinks;
  /** Announcements that wait for their turn. */
  readonly pacing: Pacing;
  /** The last status of each interface. */
  readonly statuses: Map<string, InterfaceStatus>;
  /** By `key`; several may share a VRID if their groups or peers differ. */
  byKey: ReadonlyMap<string, readonly InstanceState[]>;
  byName: ReadonlyMap<string, InstanceState>;
  started: boolean;
}

export function createRouter(config: DaemonConfig): RouterState {
  const around = newSurroundings();
  const state: RouterState = {
    config,
    instances: [],
    groups: [],
    scripts: [],
    around,
    pending: new Map(),
    pacing: new Map(),
    statuses: new Map(),
    byKey: new Map(),
    byName: new Map(),
    started: false,
  };
  adopt(
    state,
    config,
    config.instances.map((one) => initialState(one, around)),
    config.scripts.map(createScript),
  );
  return state;
}

/** Makes these instances and scripts the router's, and binds the groups anew. */
export function adopt(
  state: RouterState,
  config: DaemonConfig,
  instances: readonly InstanceState[],
  scripts: readonly ScriptState[],
): void {
  state.config = config;
  state.instances = instances;
  state.scripts = scripts;
  for (const { config: one, check } of scripts)
    if (check.up !== undefined) state.around.objects.set(`script/${one.name}`, { up: check.up });
  state.byKey = byKey(instances);
  state.byName = new Map(instances.map((one) => [one.config.name, one]));
  const before = state.groups;
  state.groups = config.syncGroups.map((group) =>
    createSyncGroup(
      group,
      group.members.flatMap((name) => state.byName.get(name) ?? []),
      before.find((one) => one.config.name === group.name),
    ),
  );
}

function byKey(instances: readonly InstanceState[]): Map<string, InstanceState[]> {
  const found = new Map<string, InstanceState[]>();
  for (const one of instances) {
    const id = keyOf(one.config);
    found.set(id, [...(found.get(id) ?? []), one]);
  }
  return found;
}

/** The instance a packet with this VRID is for; undefined: none here. */
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

/** Whether a Backup would take over up to then: microseconds of that are somebody's outage. */
export function takeoverDue(state: RouterState, at: Instant): boolean {
  return state.instances.some(({ deadlines }) => isDue(deadlines.down, at));
}

/** What it waits for beside its virtual routers and its scripts: links and announcements. */
export function nextAside({ pending, pacing }: RouterState): Instant | undefined {
  return sooner(nextLinkDeadline(pending), nextPacingDeadline(pacing));
}

/** When the machine wants a `wake`; undefined: never. */
export function nextRouterDeadline(state: RouterState): Instant | undefined {
  let next = nextAside(state);
  for (const { deadlines } of state.instances) next = sooner(next, earliest(deadlines));
  for (const script of state.scripts) next = sooner(next, nextScriptDeadline(script));
  return next;
}

/** An instance is found by where it hears, its family and its VRID. */
export function keyOf(config: VrrpInstanceConfig): string {
  return key(speaksOn(config), config.family, config.vrid);
}

function key(onInterface: string, family: number, vrid: number): string {
  return `${onInterface}/${family}/${vrid}`;
}
