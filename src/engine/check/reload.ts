/**
 * A new configuration while checks run: an unchanged check continues with its verdict, its failures in a row and
 * the probe in flight. A server that is down stays down until all its checks, also new ones, have succeeded.
 */
import { type Instant, plus } from '../../time.ts';
import type { RealServerConfig, VirtualServerConfig } from '../core/config-check.ts';
import type { CheckerConfig } from '../core/config-checker.ts';
import {
  createRealServer,
  createServerCheck,
  type Numbering,
  type RealServerState,
  type ServerCheck,
  sameServer,
} from './real-server.ts';
import { createVirtualServer, type VirtualServerState } from './virtual-server.ts';

export interface Matched {
  readonly servers: readonly VirtualServerState[];
  /** Names of virtual servers that are gone. */
  readonly removed: readonly string[];
  readonly added: ReadonlySet<VirtualServerState>;
  /** Checks that are gone. */
  readonly aborted: readonly ServerCheck[];
}

export function matchServers(
  old: readonly VirtualServerState[],
  wanted: readonly VirtualServerConfig[],
  numbering: Numbering,
  now: Instant,
): Matched {
  const added = new Set<VirtualServerState>();
  const servers = wanted.map((config) => {
    const match = old.find((known) => known.config.name === config.name);
    if (match !== undefined) return carryOver(match, config, numbering, now);
    const fresh = createVirtualServer(config, numbering);
    added.add(fresh);
    return fresh;
  });
  const kept = new Set(checksOf(servers).map(({ id }) => id));
  return {
    servers,
    removed: old
      .filter(({ config }) => !wanted.some(({ name }) => name === config.name))
      .map(({ config }) => config.name),
    added,
    aborted: checksOf(old).filter(({ id }) => !kept.has(id)),
  };
}

function checksOf(servers: readonly VirtualServerState[]): ServerCheck[] {
  return servers.flatMap((virtual) => virtual.servers.flatMap(({ checks }) => checks));
}

function carryOver(
  old: VirtualServerState,
  config: VirtualServerConfig,
  numbering: Numbering,
  now: Instant,
): VirtualServerState {
  const servers = config.realServers.map((wanted) => {
    const match = old.servers.find((server) => sameServer(server.config, wanted));
    return match === undefined
      ? createRealServer(wanted, numbering)
      : carryServer(match, wanted, numbering, now);
  });
  return { ...old, config, servers };
}

/** Keeps the old verdict and weight; the caller reconsiders them. */
function carryServer(
  old: RealServerState,
  config: RealServerConfig,
  numbering: Numbering,
  now: Instant,
): RealServerState {
  const left = [...old.checks];
  const checks = config.checkers.map((wanted) => {
    const at = left.findIndex((check) => sameCheck(check.config, wanted));
    const [match] = at < 0 ? [] : left.splice(at, 1);
    return match === undefined
      ? createServerCheck(wanted, numbering, !old.up)
      : carryCheck(match, wanted, now);
  });
  return { config, checks, up: old.up, weight: old.weight };
}

function carryCheck(old: ServerCheck, config: CheckerConfig, now: Instant): ServerCheck {
  const { check } = old;
  const latest = plus(now, config.timing.interval);
  check.timing = config.timing;
  if (check.nextAt !== undefined && check.nextAt > latest) check.nextAt = latest;
  old.config = config;
  return old;
}

/** Whether the probes are the same; their timing may differ. */
function sameCheck(a: CheckerConfig, b: CheckerConfig): boolean {
  return JSON.stringify(a.probe) === JSON.stringify(b.probe);
}
