/** All health checks of a process: one input in, effects out. */
import type { Instant } from '../../time.ts';
import type { DaemonConfig } from '../core/config.ts';
import { type Agenda, addEntry, dropFirst, type Entry, firstEntry } from './agenda.ts';
import {
  nextCheckerDeadline,
  probeEnded,
  startChecker,
  stopChecker,
  suspendChecker,
} from './checker.ts';
import type { CheckInput, EmitCheck } from './io.ts';
import type { Numbering, ServerCheck } from './real-server.ts';
import { matchServers } from './reload.ts';
import { applyFile, applyResult, fileOf, type Owner, wakeCheck } from './results.ts';
import {
  createVirtualServer,
  poolOf,
  reconsiderQuorum,
  reconsiderServer,
  type VirtualServerState,
} from './virtual-server.ts';

type Values = ReturnType<typeof initialChecks>;
export type ChecksState = Readonly<Pick<Values, 'numbering'>> & Omit<Values, 'numbering'>;

function initialChecks({ check }: DaemonConfig, down: ReadonlySet<string>) {
  const numbering: Numbering = { last: 0 };
  const servers: readonly VirtualServerState[] = check.virtualServers.map((virtual) =>
    createVirtualServer(virtual, numbering, down),
  );
  return {
    servers,
    numbering,
    /** By the check's id: which check, of which server. */
    owners: new Map<string, Owner>(),
    /** Every check that wants to be woken, when. */
    agenda: [] as Agenda<Owner>,
    files: new Map<string, number | undefined>(),
    /** undefined: the host has not reported any address yet. */
    present: undefined as ReadonlySet<string> | undefined,
    initNotifies: check.initNotifies,
    started: false,
  };
}

/** `down`: servers, as `serverId` names them, that a predecessor found down: they must first succeed. */
export function createChecks(
  config: DaemonConfig,
  down: ReadonlySet<string> = new Set(),
): ChecksState {
  const state = initialChecks(config, down);
  index(state);
  for (const { serverCheck } of state.owners.values()) serverCheck.check.assumed = true;
  return state;
}

/** Feeds one input; effects come out of `emit` before it returns. `now` never goes back. */
export function stepChecks(
  state: ChecksState,
  input: CheckInput,
  now: Instant,
  emit: EmitCheck,
): void {
  switch (input.kind) {
    case 'startup':
      startup(state, now, emit);
      return;
    case 'shutdown':
      shutdown(state, emit);
      return;
    case 'wake':
      wakeAll(state, now, emit);
      return;
    case 'probe-ended':
      ended(state, input, now, emit);
      return;
    case 'file':
      state.files.set(input.name, input.value);
      if (!state.started) return;
      for (const owner of state.owners.values())
        if (fileOf(owner) === input.name) applyFile(owner, state.files, emit);
      return;
    case 'addresses':
      state.present = new Set(input.present);
      if (!state.started) return;
      for (const virtual of state.servers) place(state, virtual, now);
      plan(state);
      return;
    case 'config':
      reload(state, input.config, now, emit);
  }
}

/** When it wants to be woken; undefined: not at all. */
export function nextChecksDeadline(state: ChecksState): Instant | undefined {
  return firstEntry(state.agenda, holds)?.at;
}

function holds({ at, item }: Entry<Owner>): boolean {
  return nextCheckerDeadline(item.serverCheck.check) === at;
}

function schedule({ agenda }: ChecksState, owner: Owner): void {
  const at = nextCheckerDeadline(owner.serverCheck.check);
  if (at !== undefined) addEntry(agenda, { at, rank: owner.rank, item: owner });
}

/** Rebuilds the agenda. */
function plan(state: ChecksState): void {
  state.agenda = [];
  for (const owner of state.owners.values()) schedule(state, owner);
}

function index(state: ChecksState): void {
  state.owners = new Map();
  for (const virtual of state.servers)
    for (const real of virtual.servers)
      for (const serverCheck of real.checks)
        state.owners.set(serverCheck.id, { rank: state.owners.size, virtual, real, serverCheck });
}

function startup(state: ChecksState, now: Instant, emit: EmitCheck): void {
  state.started = true;
  // All pools first, so that the host can install them in one piece.
  for (const virtual of state.servers) emit({ kind: 'pool', pool: poolOf(virtual) });
  for (const virtual of state.servers) begin(state, virtual, now, emit);
  plan(state);
  for (const owner of state.owners.values()) applyFile(owner, state.files, emit);
}

function begin(
  state: ChecksState,
  virtual: VirtualServerState,
  now: Instant,
  emit: EmitCheck,
): void {
  const { config: virtualServer, quorum } = virtual;
  for (const { config: realServer, up } of virtual.servers) {
    const detail = 'up from the start';
    if (up && state.initNotifies)
      emit({ kind: 'server', virtualServer, realServer, up, detail, initial: true });
  }
  emit({ kind: 'quorum', virtualServer, up: quorum });
  place(state, virtual, now);
}

/** Starts the checks of a virtual server, or suspends them. */
function place(state: ChecksState, virtual: VirtualServerState, now: Instant): void {
  const { service, haSuspend } = virtual.config;
  const away =
    haSuspend && service.kind === 'address' && state.present?.has(service.address) !== true;
  virtual.suspended = away;
  for (const { checks } of virtual.servers)
    for (const { config, check, spread } of checks) {
      if (config.probe.kind === 'FILE_CHECK') continue;
      if (away) suspendChecker(check);
      else if (check.nextAt === undefined) startChecker(check, now, spread);
    }
}

function shutdown(state: ChecksState, emit: EmitCheck): void {
  state.started = false;
  for (const { serverCheck } of state.owners.values()) {
    abort(serverCheck, emit);
    stopChecker(serverCheck.check);
  }
  for (const { config: virtualServer, servers, quorum } of state.servers) {
    if (virtualServer.omega) {
      const why = { detail: 'halabd stops', initial: false };
      for (const { config: realServer, up } of servers)
        if (up) emit({ kind: 'server', virtualServer, realServer, up: false, ...why });
      if (quorum) emit({ kind: 'quorum', virtualServer, up: false });
    }
    emit({ kind: 'remove-pool', name: virtualServer.name });
  }
}

function abort({ id, check }: ServerCheck, emit: EmitCheck): void {
  if (check.flight === 'none') return;
  emit({ kind: 'abort', checker: id, probe: check.probe, signal: 'SIGKILL' });
}

function ended(
  state: ChecksState,
  result: Extract<CheckInput, { kind: 'probe-ended' }>,
  now: Instant,
  emit: EmitCheck,
): void {
  const owner = state.owners.get(result.checker);
  if (owner === undefined) return;
  const { check } = owner.serverCheck;
  const counts = check.flight === 'waiting' && check.probe === result.probe;
  const changed = probeEnded(check, result.probe, result.ok, now);
  schedule(state, owner);
  if (counts) applyResult(owner, result, changed, emit);
}

function wakeAll(state: ChecksState, now: Instant, emit: EmitCheck): void {
  // Each check once: after a timeout the host must end the probe before the next one starts.
  const due = new Set<Owner>();
  for (let first = firstEntry(state.agenda, holds); first !== undefined && first.at <= now; ) {
    due.add(first.item);
    dropFirst(state.agenda);
    first = firstEntry(state.agenda, holds);
  }
  for (const owner of due) {
    wakeCheck(owner, now, emit);
    schedule(state, owner);
  }
}

function reload(state: ChecksState, config: DaemonConfig, now: Instant, emit: EmitCheck): void {
  const { numbering } = state;
  const wanted = config.check.virtualServers;
  const { servers, removed, added, aborted } = matchServers(state.servers, wanted, numbering, now);
  for (const gone of aborted) abort(gone, emit);
  for (const name of removed) emit({ kind: 'remove-pool', name });
  state.servers = servers;
  state.initNotifies = config.check.initNotifies;
  index(state);
  if (!state.started) return;
  for (const virtual of servers) {
    if (added.has(virtual)) {
      emit({ kind: 'pool', pool: poolOf(virtual) });
      begin(state, virtual, now, emit);
      continue;
    }
    for (const real of virtual.servers)
      reconsiderServer(virtual, real, 'the configuration changed', emit);
    reconsiderQuorum(virtual, emit);
    place(state, virtual, now);
  }
  plan(state);
  for (const owner of state.owners.values()) applyFile(owner, state.files, emit);
}
