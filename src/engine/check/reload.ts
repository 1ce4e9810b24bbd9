/**
 * A new configuration over running checks: what is the same goes on, verdict, failures in a row and probe
 * in flight included; a server that is down stays down until its checks, new ones too, have succeeded.
 */
import { type Instant, plus } from '../../time.ts';
import type { CheckerConfig, RealServerConfig, VirtualServerConfig } from '../core/config-check.ts';
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
    const match = old.find((one) => one.config.name === config.name);
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
  return servers.flatMap((one) => one.servers.flatMap(({ checks }) => checks));
}

function carryOver(
  old: VirtualServerState,
  config: VirtualServerConfig,
  numbering: Numbering,
  now: Instant,
): VirtualServerState {
  const servers = config.realServers.map((one) => {
    const match = old.servers.find((server) => sameServer(server.config, one));
    return match === undefined
      ? createRealServer(one, numbering)
      : carryServer(match, one, numbering, now);
  });
  return { ...old, config, servers };
}

/** Its verdict and weight are the old ones until they are considered anew. */
function carryServer(
  old: RealServerState,
  config: RealServerConfig,
  numbering: Numbering,
  now: Instant,
): RealServerState {
  const left = [...old.checks];
  const checks = config.checkers.map((one) => {
    const at = left.findIndex((check) => sameCheck(check.config, one));
    const [match] = at < 0 ? [] : left.splice(at, 1);
    return match === undefined
      ? createServerCheck(one, numbering, !old.up)
      : carryCheck(match, one, now);
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

/** Whether they ask the same question; when and how often may differ. */
function sameCheck(a: CheckerConfig, b: CheckerConfig): boolean {
  return JSON.stringify(a.probe) === JSON.stringify(b.probe);
}
