/**
 * The machine of the vrrp process: all its virtual routers behind one `step`. Received packets are
 * judged here once and handed to the instance of their interface, family and VRID.
 */
import {
  type CheckId,
  judgeLocal,
  judgePacket,
  type ReceivedPacket,
} from '../../net/receive-checks.ts';
import type { Instant } from '../../time.ts';
import type { DaemonConfig } from '../core/config.ts';
import { type Emit, hostFailed, interfaceChanged, receive, start, stop, wake } from './instance.ts';
import { type InstanceState, initialState, nextDeadline } from './instance-state.ts';
import type { InterfaceStatus, VrrpInput } from './io.ts';

export interface RouterState {
  readonly instances: readonly InstanceState[];
  /** By `key`. */
  readonly byKey: ReadonlyMap<string, InstanceState>;
  readonly byName: ReadonlyMap<string, InstanceState>;
  started: boolean;
}

export function createRouter(config: DaemonConfig): RouterState {
  const instances = config.instances.map(initialState);
  return {
    instances,
    byKey: new Map(
      instances.map((state) => [
        key(state.config.interface, state.config.family, state.config.vrid),
        state,
      ]),
    ),
    byName: new Map(instances.map((state) => [state.config.name, state])),
    started: false,
  };
}

/** Feeds one input; effects come out of `emit` before it returns. `now` never goes back. */
export function stepRouter(state: RouterState, input: VrrpInput, now: Instant, emit: Emit): void {
  switch (input.kind) {
    case 'startup':
      state.started = true;
      for (const instance of state.instances) start(instance, now, emit);
      return;
    case 'shutdown':
      state.started = false;
      for (const instance of state.instances) stop(instance, emit);
      return;
    case 'wake':
      for (const instance of state.instances) wake(instance, now, emit);
      return;
    case 'packet':
      packet(state, input, input.interface, now, emit);
      return;
    case 'interface':
      interfaceStatus(state, input.status, now, emit);
      return;
    case 'host-failed': {
      const instance = state.byName.get(input.instance);
      if (instance !== undefined) hostFailed(instance, input.reason, now, emit);
      return;
    }
  }
}

/** When the machine wants a `wake`; undefined: never. */
export function nextRouterDeadline(state: RouterState): Instant | undefined {
  let next: Instant | undefined;
  for (const instance of state.instances) {
    const at = nextDeadline(instance);
    if (at !== undefined && (next === undefined || at < next)) next = at;
  }
  return next;
}

/** Exactly one `received` effect for every packet. */
function packet(
  state: RouterState,
  received: ReceivedPacket,
  onInterface: string,
  now: Instant,
  emit: Emit,
): void {
  const { source } = received;
  const report = (instance: string | undefined, outcome: 'accepted' | CheckId): boolean =>
    emit({ kind: 'received', instance, outcome, source });
  const judged = judgePacket(received);
  if (!judged.ok) {
    report(undefined, judged.check);
    return;
  }
  const instance = state.byKey.get(key(onInterface, received.family, judged.advert.vrid));
  const failed = judgeLocal(judged.advert, instance?.local);
  report(instance?.config.name, failed ?? 'accepted');
  if (failed === undefined && instance !== undefined)
    receive(instance, judged.advert, source, now, emit);
}

function interfaceStatus(
  state: RouterState,
  status: InterfaceStatus,
  now: Instant,
  emit: Emit,
): void {
  for (const instance of state.instances) {
    if (instance.config.interface === status.name)
      interfaceChanged(instance, status, now, emit, state.started);
  }
}

function key(onInterface: string, family: number, vrid: number): string {
  return `${onInterface}/${family}/${vrid}`;
}
