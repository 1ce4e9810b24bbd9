/** All health checks of a process: one input in, effects out. */
import { type Instant, isDue } from '../../time.ts';
import type { DaemonConfig } from '../core/config.ts';
import { type Agenda, addEntry, dropFirst, type Entry, firstEntry } from './agenda.ts';
import {
  nextCheckerDeadline,
  probeEnded,
  startChecker,
  stopChecker,
  suspendChecker,
  wakeChecker,
} from './checker.ts';
import type { CheckInput, EmitCheck } from './io.ts';
import {
  allUp,
  type Numbering,
  type RealServerState,
  type ServerCheck,
  serverName,
} from './real-server.ts';
import { matchServers } from './reload.ts';
import {
  createVirtualServer,
  poolOf,
  reconsiderQuorum,
  reconsiderServer,
  type VirtualServerState,
} from './virtual-server.ts';

export interface ChecksState {
  servers: readonly VirtualServerState[];
  readonly numbering: Numbering;
  /** Who a probe belongs to, by the check's id. */
  owners: Map<string, Owner>;
  /** Every check that wants to be woken, when. */
  agenda: Agenda<Owner>;
  files: Map<string, number | undefined>;
  /** undefined: not told yet. */
  present: ReadonlySet<string> | undefined;
  initNotifies: boolean;
  started: boolean;
}

interface Owner {
  /** Its place in the configuration. */
  readonly rank: number;
  readonly virtual: VirtualServerState;
  readonly real: RealServerState;
  readonly one: ServerCheck;
}

/** A file that takes as much away as a number can hold means down. */
const FILE_FAULT = -2_147_483_648;

/** `down`: servers, as `serverId` names them, that a predecessor found down: they must first succeed. */
export function createChecks(
  config: DaemonConfig,
  down: ReadonlySet<string> = new Set(),
): ChecksState {
  const numbering = { last: 0 };
  const state: ChecksState = {
    servers: config.check.virtualServers.map((one) => createVirtualServer(one, numbering, down)),
    numbering,
    owners: new Map(),
    agenda: [],
    files: new Map(),
    present: undefined,
    initNotifies: config.check.initNotifies,
    started: false,
  };
  index(state);
  for (const { one } of state.owners.values()) one.check.assumed = true;
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
        if (fileOf(owner) === input.name) file(state, owner, emit);
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

function holds({ at, one: { one } }: Entry<Owner>): boolean {
  return nextCheckerDeadline(one.check) === at;
}

function schedule({ agenda }: ChecksState, owner: Owner): void {
  const at = nextCheckerDeadline(owner.one.check);
  if (at !== undefined) addEntry(agenda, { at, rank: owner.rank, one: owner });
}

/** Anew, after much has changed. */
function plan(state: ChecksState): void {
  state.agenda = [];
  for (const owner of state.owners.values()) schedule(state, owner);
}

function index(state: ChecksState): void {
  state.owners = new Map();
  for (const virtual of state.servers)
    for (const real of virtual.servers)
      for (const one of real.checks)
        state.owners.set(one.id, { rank: state.owners.size, virtual, real, one });
}

function startup(state: ChecksState, now: Instant, emit: EmitCheck): void {
  state.started = true;
  // All pools before anything else: a host can put them in place in one piece.
  for (const virtual of state.servers) emit({ kind: 'pool', pool: poolOf(virtual) });
  for (const virtual of state.servers) begin(state, virtual, now, emit);
  plan(state);
  for (const owner of state.owners.values()) file(state, owner, emit);
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
  for (const { one } of state.owners.values()) {
    abort(one, emit);
    stopChecker(one.check);
  }
  for (const { config: virtualServer, servers, quorum } of state.servers) {
    if (virtualServer.omega) {
      const told = { detail: 'halabd stops', initial: false };
      for (const { config: realServer, up } of servers)
        if (up) emit({ kind: 'server', virtualServer, realServer, up: false, ...told });
      if (quorum) emit({ kind: 'quorum', virtualServer, up: false });
    }
    emit({ kind: 'remove-pool', name: virtualServer.name });
  }
}

function abort({ id, check }: ServerCheck, emit: EmitCheck): void {
  if (check.flight === 'none') return;
  emit({ kind: 'abort', checker: id, probe: check.probe, signal: 'SIGKILL' });
}

function wakeAll(state: ChecksState, now: Instant, emit: EmitCheck): void {
  // Each once: what a timeout makes due at once waits until the host has ended the probe.
  const due = new Set<Owner>();
  for (let first = firstEntry(state.agenda, holds); first !== undefined && first.at <= now; ) {
    due.add(first.one);
    dropFirst(state.agenda);
    first = firstEntry(state.agenda, holds);
  }
  for (const owner of due) {
    wake(owner, now, emit);
    schedule(state, owner);
  }
}

function wake(owner: Owner, now: Instant, emit: EmitCheck): void {
  const { one } = owner;
  const { id: checker, config } = one;
  const waiting = isDue(one.check.endAt, now) && one.check.flight === 'waiting';
  const changed = wakeChecker(one.check, now, (effect) => {
    if (effect.kind === 'abort') emit({ ...effect, checker });
    else emit({ ...effect, checker, config: config.probe, timeout: config.timing.timeout });
  });
  if (!waiting) return;
  one.detail = 'no answer in time';
  told(owner, false, changed, emit);
}

function ended(
  state: ChecksState,
  { checker, probe, ok, detail, weight }: Extract<CheckInput, { kind: 'probe-ended' }>,
  now: Instant,
  emit: EmitCheck,
): void {
  const owner = state.owners.get(checker);
  if (owner === undefined) return;
  const { virtual, real, one } = owner;
  const counts = one.check.flight === 'waiting' && one.check.probe === probe;
  const changed = probeEnded(one.check, probe, ok, now);
  schedule(state, owner);
  if (!counts) return;
  one.detail = detail;
  if (ok && weight !== undefined) one.change = weight - real.config.weight;
  else if (ok && one.config.probe.kind === 'MISC_CHECK') one.change = 0;
  told(owner, ok, changed, emit);
  if (!changed) reweigh(virtual, real, detail, emit);
}

/** What a result means for the log, the server and the pool. */
function told({ virtual, real, one }: Owner, ok: boolean, changed: boolean, emit: EmitCheck): void {
  const { kind } = one.config.probe;
  const { detail } = one;
  if (changed || (!ok && one.config.logAll))
    emit({
      kind: 'check',
      virtualServer: virtual.config.name,
      realServer: serverName(real.config, virtual.config),
      checker: kind,
      outcome: changed ? (ok ? 'up' : 'down') : 'failure',
      detail,
      alone: changed && allUp(real) === real.up,
    });
  if (changed) reweigh(virtual, real, `${kind}: ${detail}`, emit);
}

function reweigh(
  virtual: VirtualServerState,
  real: RealServerState,
  detail: string,
  emit: EmitCheck,
): void {
  const before = real.weight;
  reconsiderServer(virtual, real, detail, emit);
  if (real.weight !== before)
    emit({
      kind: 'weight',
      virtualServer: virtual.config.name,
      realServer: serverName(real.config, virtual.config),
      weight: real.weight,
    });
}

function fileOf({ one }: Owner): string | undefined {
  const { probe } = one.config;
  return probe.kind === 'FILE_CHECK' ? probe.file : undefined;
}

/** FILE_CHECK has no probes: the file says what holds, at once. */
function file(state: ChecksState, owner: Owner, emit: EmitCheck): void {
  const { virtual, real, one } = owner;
  const { probe } = one.config;
  if (probe.kind !== 'FILE_CHECK') return;
  const value = state.files.get(probe.file) ?? 0;
  const { value: weight, reverse } = probe.weight;
  const product = value * (reverse ? -weight : weight);
  const ok = weight === 0 ? (value === 0) !== reverse : product > FILE_FAULT;
  one.change = ok && weight !== 0 ? Math.min(product, -FILE_FAULT - 1) : 0;
  one.detail = `the file says ${value}`;
  const changed = one.check.up !== ok;
  one.check.up = ok;
  told(owner, ok, changed, emit);
  if (!changed) reweigh(virtual, real, one.detail, emit);
}

function reload(state: ChecksState, config: DaemonConfig, now: Instant, emit: EmitCheck): void {
  const { numbering } = state;
  const wanted = config.check.virtualServers;
  const { servers, removed, added, aborted } = matchServers(state.servers, wanted, numbering, now);
  for (const one of aborted) abort(one, emit);
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
  for (const owner of state.owners.values()) file(state, owner, emit);
}
