/** The effects of the results of one check on its server, the weight, the pool and the log. */
import { type Instant, isDue } from '../../time.ts';
import { wakeChecker } from './checker.ts';
import type { CheckInput, EmitCheck } from './io.ts';
import { allUp, type RealServerState, type ServerCheck, serverName } from './real-server.ts';
import { reconsiderServer, type VirtualServerState } from './virtual-server.ts';

export interface Owner {
  /** Its place in the configuration. */
  readonly rank: number;
  readonly virtual: VirtualServerState;
  readonly real: RealServerState;
  readonly serverCheck: ServerCheck;
}

/** FILE_CHECK: a weight of this size, the least 32-bit number, means down. */
const FILE_FAULT = -2_147_483_648;

/** Starts or ends a probe that is due; a timeout is a failure. */
export function wakeCheck(owner: Owner, now: Instant, emit: EmitCheck): void {
  const { serverCheck } = owner;
  const { id: checker, config } = serverCheck;
  const waiting = isDue(serverCheck.check.endAt, now) && serverCheck.check.flight === 'waiting';
  const changed = wakeChecker(serverCheck.check, now, (effect) => {
    if (effect.kind === 'abort') emit({ ...effect, checker });
    else emit({ ...effect, checker, config: config.probe, timeout: config.timing.timeout });
  });
  if (!waiting) return;
  serverCheck.detail = 'no answer in time';
  report(owner, false, changed, emit);
}

/** A result that counts: its probe was in flight and had not timed out. */
export function applyResult(
  owner: Owner,
  { ok, detail, weight }: Extract<CheckInput, { kind: 'probe-ended' }>,
  changed: boolean,
  emit: EmitCheck,
): void {
  const { virtual, real, serverCheck } = owner;
  serverCheck.detail = detail;
  if (ok && weight !== undefined) serverCheck.change = weight - real.config.weight;
  else if (ok && serverCheck.config.probe.kind === 'MISC_CHECK') serverCheck.change = 0;
  report(owner, ok, changed, emit);
  if (!changed) reweigh(virtual, real, detail, emit);
}

/** The effect of a result on the log, the server and the pool. */
function report(
  { virtual, real, serverCheck }: Owner,
  ok: boolean,
  changed: boolean,
  emit: EmitCheck,
): void {
  const { kind } = serverCheck.config.probe;
  const { detail } = serverCheck;
  if (changed || (!ok && serverCheck.config.logAll))
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

export function fileOf({ serverCheck }: Owner): string | undefined {
  const { probe } = serverCheck.config;
  return probe.kind === 'FILE_CHECK' ? probe.file : undefined;
}

/** FILE_CHECK has no probes: the number in the file decides at once. */
export function applyFile(
  owner: Owner,
  files: ReadonlyMap<string, number | undefined>,
  emit: EmitCheck,
): void {
  const { virtual, real, serverCheck } = owner;
  const { probe } = serverCheck.config;
  if (probe.kind !== 'FILE_CHECK') return;
  const value = files.get(probe.file) ?? 0;
  const { value: weight, reverse } = probe.weight;
  const product = value * (reverse ? -weight : weight);
  const ok = weight === 0 ? (value === 0) !== reverse : product > FILE_FAULT;
  serverCheck.change = ok && weight !== 0 ? Math.min(product, -FILE_FAULT - 1) : 0;
  serverCheck.detail = `the file says ${value}`;
  const changed = serverCheck.check.up !== ok;
  serverCheck.check.up = ok;
  report(owner, ok, changed, emit);
  if (!changed) reweigh(virtual, real, serverCheck.detail, emit);
}
