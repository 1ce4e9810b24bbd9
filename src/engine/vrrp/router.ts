/**
 * The machine of the vrrp process: all its virtual routers behind one `step`. Received packets are
 * judged here once and handed to the instance of their interface, family and VRID.
 */
import { judgeLocal, sameAddresses } from '../../net/local-checks.ts';
import { judgePacket, type ReceivedPacket } from '../../net/receive-checks.ts';
import { type Instant, micros, plus } from '../../time.ts';
import { probeEnded, startChecker } from '../check/checker.ts';
import { authenticate } from './authentication.ts';
import {
  hostFailed,
  interfaceChanged,
  overslept,
  reconsider,
  resume,
  start,
  stop,
  wake,
} from './instance.ts';
import type { InstanceState } from './instance-state.ts';
import type { Emit, InterfaceStatus, VrrpInput } from './io.ts';
import { linkChanged, settledLinks } from './link-delay.ts';
import { paced, sendDue } from './pacing.ts';
import { noteAdvert } from './peers.ts';
import { receive } from './receive.ts';
import { reload } from './reload.ts';
import { addressee, type RouterState } from './router-state.ts';
import { type ScriptState, wakeScript } from './script-tracker.ts';
import type { TrackedObject } from './tracking.ts';

/** Prefix of scripts among the names of tracked objects. */
const SCRIPT = 'script/';

/** Feeds one input; effects come out of `emit` before it returns. `now` never goes back. */
export function stepRouter(state: RouterState, input: VrrpInput, now: Instant, direct: Emit): void {
  const emit = paced(state.pacing, state.config, now, direct);
  switch (input.kind) {
    case 'startup':
      startup(state, input, now, emit);
      return;
    case 'shutdown':
      state.started = false;
      for (const instance of state.instances) stop(instance, now, emit);
      return;
    case 'wake':
      for (const status of settledLinks(state.pending, now)) linkSettled(state, status, now, emit);
      for (const script of state.scripts)
        if (wakeScript(script, now, emit)) observe(state, scriptObject(script), now, emit);
      for (const instance of state.instances) wake(instance, now, emit);
      sendDue(state.pacing, state.config, now, direct);
      return;
    case 'packet':
      packet(state, input, input.interface, now, emit);
      return;
    case 'interface': {
      const delay = state.config.linkDelays.find(
        ({ interface: name }) => name === input.status.name,
      );
      const before = state.statuses.get(input.status.name);
      if (linkChanged(state.pending, input.status, before, delay, now))
        linkSettled(state, input.status, now, emit);
      return;
    }
    case 'host-failed': {
      const instance = state.byName.get(input.instance);
      if (instance !== undefined) hostFailed(instance, input.reason, now, emit);
      return;
    }
    case 'track-group':
      trackGroup(state, input, now, emit);
      return;
    case 'config':
      // First, because a SIGHUP may have waited while the process was stopped.
      for (const instance of state.instances) overslept(instance, now, emit);
      reload(state, input.config, now, emit);
      return;
    case 'clock':
      state.context.utcOffset = input.utc - now;
      return;
    default: {
      const object = observed(state, input, now);
      if (object !== undefined) observe(state, object, now, emit);
    }
  }
}

function startup(
  state: RouterState,
  { resume: resumed, uptime }: Extract<VrrpInput, { kind: 'startup' }>,
  now: Instant,
  emit: Emit,
): void {
  state.started = true;
  const { startupDelay, delayAfterBoot } = state.config.global;
  // Without an uptime the boot counts as long ago.
  const afterBoot = uptime === undefined ? 0 : delayAfterBoot - uptime;
  const delay = micros(Math.max(startupDelay, afterBoot));
  awaitObjects(state);
  for (const script of state.scripts) {
    startChecker(script.check, now);
    wakeScript(script, now, emit);
  }
  for (const instance of state.instances) {
    if (resumed?.instances.includes(instance.config.name) === true)
      resume(instance, resumed.diedAt, now, emit);
    else if (delay > 0) instance.deadlines.start = plus(now, delay);
    else start(instance, now, emit);
  }
}

/** Scripts and processes have no result yet, unless `init_fail` gives one. */
function awaitObjects({ scripts, config, context }: RouterState): void {
  for (const { config: script, check } of scripts)
    if (check.up === undefined) context.awaited.add(`${SCRIPT}${script.name}`);
  for (const { name } of config.processes)
    if (!context.objects.has(`process/${name}`)) context.awaited.add(`process/${name}`);
}

/** Exactly one `received` effect for every packet. */
function packet(
  state: RouterState,
  received: ReceivedPacket,
  onInterface: string,
  now: Instant,
  emit: Emit,
): void {
  const { source, destination, ttl, ah } = received;
  const judged = judgePacket(received);
  if (!judged.ok) {
    // Counted for the instance with the VRID of the second byte, if any.
    const meant = addressee(state, onInterface, received, received.message[1] ?? 0);
    if (meant !== undefined) noteAdvert(meant.peers, source, undefined, judged.check, now);
    const instance = meant?.config.name;
    emit({ kind: 'received', instance, outcome: judged.check, source });
    return;
  }
  const { advert, message, trailer } = judged;
  const instance = addressee(state, onInterface, received, advert.vrid);
  const offset = state.context.utcOffset;
  const utc = offset === undefined ? undefined : now + offset;
  let answer: { readonly failure: ReturnType<typeof authenticate> } | undefined;
  const failed = judgeLocal(advert, instance?.local, {
    source,
    destination,
    ttl,
    ah: ah !== undefined,
    signed: trailer !== undefined,
    addressesKnown: instance?.config.skipCheckAddresses === true && instance.active === source,
    authenticate: () => {
      if (instance === undefined) return undefined;
      const claim = { advert, message, source, ah, trailer, utc };
      answer ??= { failure: authenticate(instance.auth, instance.config, claim) };
      return answer.failure;
    },
  });
  const outcome = failed ?? 'accepted';
  if (instance !== undefined) noteAdvert(instance.peers, source, advert, outcome, now);
  const differs =
    failed === undefined && instance !== undefined ? differsIn(instance, judged) : undefined;
  emit({
    kind: 'received',
    instance: instance?.config.name,
    outcome,
    source,
    ...(differs === undefined ? {} : { differs }),
  });
  if (failed !== undefined || instance === undefined) return;
  overslept(instance, now, emit);
  receive(instance, advert, source, now, emit);
}

/** Version 3: another interval or address list is accepted, and reported for the log. */
function differsIn(
  { local }: InstanceState,
  { advert }: Extract<ReturnType<typeof judgePacket>, { ok: true }>,
): 'interval' | 'addresses' | undefined {
  if (advert.version !== 3) return undefined;
  if (advert.interval !== local.interval) return 'interval';
  return sameAddresses(advert.addresses, local.addresses) ? undefined : 'addresses';
}

/** A status of an interface that counts: its delay is over, or it has none. */
function linkSettled(state: RouterState, status: InterfaceStatus, now: Instant, emit: Emit): void {
  state.statuses.set(status.name, status);
  const moved = state.context.links.get(status.name) !== status.up;
  state.context.links.set(status.name, status.up);
  for (const instance of state.instances) {
    if (instance.config.interface === status.name)
      interfaceChanged(instance, status, now, emit, state.started);
    else if (moved && state.started) reconsider(instance, now, emit);
  }
}

function trackGroup(
  state: RouterState,
  { group, missing }: Extract<VrrpInput, { kind: 'track-group' }>,
  now: Instant,
  emit: Emit,
): void {
  if (missing === undefined) state.context.missing.delete(group);
  else state.context.missing.set(group, missing);
  if (!state.started) return;
  for (const instance of state.instances)
    if (instance.config.trackGroups.includes(group)) reconsider(instance, now, emit);
}

function observe(
  state: RouterState,
  [id, next]: [string, TrackedObject],
  now: Instant,
  emit: Emit,
): void {
  const before = state.context.objects.get(id);
  state.context.objects.set(id, next);
  if (next.up !== undefined) state.context.awaited.delete(id);
  if (!state.started || (before?.up === next.up && before?.value === next.value)) return;
  const script = id.startsWith(SCRIPT) ? id.slice(SCRIPT.length) : undefined;
  if (script !== undefined && next.up !== undefined)
    emit({ kind: 'script', name: script, up: next.up });
  for (const instance of state.instances) reconsider(instance, now, emit);
}

/** A new result of a tracked object. */
function observed(
  state: RouterState,
  input: Extract<VrrpInput, { kind: 'script-ended' | 'file' | 'process-count' }>,
  now: Instant,
): [string, TrackedObject] | undefined {
  if (input.kind === 'file')
    return [`file/${input.name}`, { up: undefined, value: input.value ?? 0 }];
  if (input.kind === 'process-count') {
    const config = state.config.processes.find(({ name }) => name === input.name);
    if (config === undefined) return undefined;
    const most = config.quorumMax ?? Number.POSITIVE_INFINITY;
    const up = input.count >= config.quorum && input.count <= most;
    return [`process/${input.name}`, { up }];
  }
  const script = state.scripts.find(({ config }) => config.name === input.name);
  if (script === undefined) return undefined;
  probeEnded(script.check, script.check.probe, input.ok, now);
  return scriptObject(script);
}

function scriptObject({ config, check }: ScriptState): [string, TrackedObject] {
  return [`${SCRIPT}${config.name}`, { up: check.up }];
}
