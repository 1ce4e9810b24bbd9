/**
 * A new configuration while the routers run (SIGHUP). An instance continues if interface, family and VRID are the
 * same (if several share a VRID: also group or peers, or the name): it keeps its state, timers, counters and replay
 * numbers, and an Active stays Active without a gap. Removed instances resign in order, new ones start.
 */
import { type Instant, plus } from '../../time.ts';
import { startChecker } from '../check/checker.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import { areDistinct } from '../core/same-router.ts';
import { movePriority, reconsider, start, stop } from './instance.ts';
import { type InstanceState, initialState } from './instance-state.ts';
import type { Emit } from './io.ts';
import { adopt, keyOf, type RouterState } from './router-state.ts';
import { createScript, type ScriptState } from './script-tracker.ts';
import { advertise, waitAsBackup } from './transition.ts';

export function reload(state: RouterState, config: DaemonConfig, now: Instant, emit: Emit): void {
  const kept = new Map<InstanceState, InstanceState>();
  const instances = config.instances.map((wanted) => {
    const old = predecessorOf(state, wanted, kept);
    if (old === undefined || old.config.version !== wanted.version) return fresh(state, wanted);
    const next = carriedOver(old, wanted);
    kept.set(next, old);
    return next;
  });
  const goesOn = new Set(kept.values());
  for (const old of state.instances) {
    if (goesOn.has(old)) continue;
    stop(old, now, emit, 'deleted');
    emit({ kind: 'deleted', instance: old.config.name, config: old.config });
  }
  adopt(state, config, instances, scriptsOf(state, config, now));
  forgetObjects(state);
  for (const instance of instances) {
    const old = kept.get(instance);
    if (old !== undefined) goOn(instance, old.config, now, emit);
    else if (state.started) start(instance, now, emit);
  }
  if (state.started) for (const instance of instances) reconsider(instance, now, emit);
}

function predecessorOf(
  { byKey }: RouterState,
  config: VrrpInstanceConfig,
  kept: ReadonlyMap<InstanceState, InstanceState>,
): InstanceState | undefined {
  const taken = new Set(kept.values());
  const free = (byKey.get(keyOf(config)) ?? []).filter((old) => !taken.has(old));
  return (
    free.find((old) => !areDistinct(old.config, config)) ??
    free.find((old) => old.config.name === config.name)
  );
}

function fresh(state: RouterState, config: VrrpInstanceConfig): InstanceState {
  const instance = initialState(config, state.context);
  const status = state.statuses.get(config.interface);
  instance.status = status;
  if (status !== undefined)
    instance.source = config.source ?? (config.family === 4 ? status.primary4 : status.primary6);
  return instance;
}

/** The old state with the values of the new configuration. */
function carriedOver(old: InstanceState, config: VrrpInstanceConfig): InstanceState {
  const next = initialState(config, old.context);
  const { local, encoded, interval, skewInterval } = next;
  const same = old.config.advertInterval === config.advertInterval;
  // A reload may have removed the cause of its failure, so it retries at once.
  const afresh = { deadlines: { ...old.deadlines, retry: undefined }, backOff: next.backOff };
  Object.assign(next, old, { config, local, encoded, group: undefined, ...afresh });
  if (!same) Object.assign(next, { interval, skewInterval });
  if (config.source !== old.config.source) {
    const { status } = old;
    next.source =
      config.source ?? (config.family === 4 ? status?.primary4 : status?.primary6) ?? old.source;
  }
  return next;
}

/** Installs added and withdraws removed entries of the configuration; restarts timers if the interval changed. */
function goOn(state: InstanceState, before: VrrpInstanceConfig, now: Instant, emit: Emit): void {
  const { config, deadlines } = state;
  movePriority(state, now, emit);
  if (state.name === 'BACKUP' && before.advertInterval !== config.advertInterval)
    waitAsBackup(state, now);
  if (state.name !== 'MASTER') return;
  const gone = without(before, config);
  const instance = config.name;
  if (gone !== undefined) emit({ kind: 'withdraw', instance, config: gone });
  const added = without(config, before);
  if (added !== undefined) {
    emit({ kind: 'install', instance, config });
    emit({ kind: 'announce', instance, config: added, repeat: config.garp.repeat });
  }
  deadlines.refresh = config.garp.refresh > 0 ? plus(now, config.garp.refresh) : undefined;
  deadlines.advert = plus(now, config.advertInterval);
  // Peers learn a new interval, priority or address list at once.
  advertise(state, now, now, emit);
}

/** `config` with only those addresses, routes and rules that `other` lacks; undefined: none. */
function without(
  config: VrrpInstanceConfig,
  other: VrrpInstanceConfig,
): VrrpInstanceConfig | undefined {
  const rest = <T>(list: readonly T[], known: readonly T[]): T[] => {
    const texts = new Set(known.map((item) => JSON.stringify(item)));
    return list.filter((item) => !texts.has(JSON.stringify(item)));
  };
  const addresses = rest(config.addresses, other.addresses);
  const excluded = rest(config.excluded, other.excluded);
  const routes = rest(config.routes, other.routes);
  const rules = rest(config.rules, other.rules);
  if (addresses.length + excluded.length + routes.length + rules.length === 0) return undefined;
  return { ...config, addresses, excluded, routes, rules };
}

/** An unchanged script continues; a changed one starts again with its last verdict (keepalived). */
function scriptsOf(state: RouterState, config: DaemonConfig, now: Instant): ScriptState[] {
  return config.scripts.map((wanted) => {
    const old = state.scripts.find(({ config: { name } }) => name === wanted.name);
    if (old !== undefined && JSON.stringify(old.config) === JSON.stringify(wanted)) return old;
    const script = createScript(wanted);
    if (old?.check.up !== undefined) script.check.up = old.check.up;
    if (state.started) startChecker(script.check, now);
    return script;
  });
}

/** Forgets the results of objects that are no longer tracked, and stops waiting for them. */
function forgetObjects(state: RouterState): void {
  const known = new Set([
    ...state.scripts
      .filter(({ check }) => check.up !== undefined)
      .map(({ config }) => `script/${config.name}`),
    ...state.config.files.map(({ name }) => `file/${name}`),
    ...state.config.processes.map(({ name }) => `process/${name}`),
  ]);
  for (const id of [...state.context.objects.keys()])
    if (!known.has(id)) state.context.objects.delete(id);
  const there = new Set([
    ...state.scripts.map(({ config }) => `script/${config.name}`),
    ...state.config.processes.map(({ name }) => `process/${name}`),
  ]);
  for (const id of [...state.context.awaited]) if (!there.has(id)) state.context.awaited.delete(id);
  const groups = new Set(state.instances.flatMap(({ config }) => config.trackGroups));
  for (const group of [...state.context.missing.keys()])
    if (!groups.has(group)) state.context.missing.delete(group);
}
