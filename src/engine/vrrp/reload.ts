/**
 * A new configuration while the routers run (SIGHUP). An instance is the same one if interface, family
 * and VRID are (of several with one VRID, the one with the same group or peers, or name); it goes on in its state, with its timers, counters and replay numbers, and an Active
 * stays Active without a gap. What is gone resigns in order, what is new starts.
 */
import { type Instant, plus } from '../../time.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import { toldApart } from '../core/same-router.ts';
import type { Emit } from './emit.ts';
import { movePriority, reconsider, start, stop } from './instance.ts';
import { type InstanceState, initialState } from './instance-state.ts';
import { adopt, keyOf, type RouterState } from './router-state.ts';
import { createScript, type ScriptState, startScript } from './script-tracker.ts';
import { advertise, waitAsBackup } from './transition.ts';

export function reload(state: RouterState, config: DaemonConfig, now: Instant, emit: Emit): void {
  const kept = new Map<InstanceState, InstanceState>();
  const instances = config.instances.map((one) => {
    const old = predecessorOf(state, one, kept);
    if (old === undefined || old.config.version !== one.version) return fresh(state, one);
    const next = carriedOver(old, one);
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
  const free = (byKey.get(keyOf(config)) ?? []).filter((one) => !taken.has(one));
  return (
    free.find((one) => !toldApart(one.config, config)) ??
    free.find((one) => one.config.name === config.name)
  );
}

function fresh(state: RouterState, config: VrrpInstanceConfig): InstanceState {
  const instance = initialState(config, state.around);
  const status = state.statuses.get(config.interface);
  instance.status = status;
  if (status !== undefined)
    instance.source = config.source ?? (config.family === 4 ? status.primary4 : status.primary6);
  return instance;
}

/** Everything of the old one but what its configuration decides. */
function carriedOver(old: InstanceState, config: VrrpInstanceConfig): InstanceState {
  const next = initialState(config, old.around);
  const { local, encoded, interval, skewInterval } = next;
  const same = old.config.advertInterval === config.advertInterval;
  // Whoever reloads has done something about what it could not do.
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

/** Addresses, routes and rules that came or went; timers where the interval changed. */
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
  // Peers learn of a new interval, priority or address list at once.
  advertise(state, now, now, emit);
}

/** `config` with only what `other` has not; undefined if it has everything. */
function without(
  config: VrrpInstanceConfig,
  other: VrrpInstanceConfig,
): VrrpInstanceConfig | undefined {
  const rest = <T>(list: readonly T[], known: readonly T[]): T[] => {
    const texts = new Set(known.map((one) => JSON.stringify(one)));
    return list.filter((one) => !texts.has(JSON.stringify(one)));
  };
  const addresses = rest(config.addresses, other.addresses);
  const excluded = rest(config.excluded, other.excluded);
  const routes = rest(config.routes, other.routes);
  const rules = rest(config.rules, other.rules);
  if (addresses.length + excluded.length + routes.length + rules.length === 0) return undefined;
  return { ...config, addresses, excluded, routes, rules };
}

/** A script that is still the same goes on; one that is not starts anew with the verdict it had (keepalived). */
function scriptsOf(state: RouterState, config: DaemonConfig, now: Instant): ScriptState[] {
  return config.scripts.map((one) => {
    const old = state.scripts.find(({ config: { name } }) => name === one.name);
    if (old !== undefined && JSON.stringify(old.config) === JSON.stringify(one)) return old;
    const script = createScript(one);
    if (old?.check.up !== undefined) script.check.up = old.check.up;
    if (state.started) startScript(script, now);
    return script;
  });
}

/** What is no longer tracked has no say, and nobody waits for it. */
function forgetObjects(state: RouterState): void {
  const known = new Set([
    ...state.scripts
      .filter(({ check }) => check.up !== undefined)
      .map(({ config }) => `script/${config.name}`),
    ...state.config.files.map(({ name }) => `file/${name}`),
    ...state.config.processes.map(({ name }) => `process/${name}`),
  ]);
  for (const id of [...state.around.objects.keys()])
    if (!known.has(id)) state.around.objects.delete(id);
  const there = new Set([
    ...state.scripts.map(({ config }) => `script/${config.name}`),
    ...state.config.processes.map(({ name }) => `process/${name}`),
  ]);
  for (const id of [...state.around.awaited]) if (!there.has(id)) state.around.awaited.delete(id);
  const groups = new Set(state.instances.flatMap(({ config }) => config.trackGroups));
  for (const group of [...state.around.missing.keys()])
    if (!groups.has(group)) state.around.missing.delete(group);
}
