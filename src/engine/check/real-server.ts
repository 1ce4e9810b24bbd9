/** A real server: up while all its checkers are up; checkers may change its weight. */
import { family } from '../../net/address.ts';
import type { RealServerConfig, VirtualServerConfig } from '../core/config-check.ts';
import type { CheckerConfig } from '../core/config-checker.ts';
import { type CheckerState, createChecker } from './checker.ts';

/** keepalived's and the kernel's. */
const MOST_WEIGHT = 2_147_483_647;

export interface ServerCheck {
  /** Unique in the process and kept over a reload. */
  readonly id: string;
  /** 0..1: where in the warm-up it starts, so that many do not start together. */
  readonly spread: number;
  config: CheckerConfig;
  readonly check: CheckerState;
  /** Detail of the last result. */
  detail: string;
  /** Added to the weight: `misc_dynamic`, FILE_CHECK with `dynamic`. */
  change: number;
}

export interface RealServerState {
  config: RealServerConfig;
  checks: readonly ServerCheck[];
  up: boolean;
  weight: number;
}

/** Numbers the checks of a process. */
export interface Numbering {
  last: number;
}

/** Golden ratio: its consecutive multiples modulo 1 are spread evenly. */
const GOLDEN = 0.618_033_988_749_895;

/** `down`: the check starts as down regardless of its configuration. */
export function createServerCheck(
  config: CheckerConfig,
  numbering: Numbering,
  down = false,
): ServerCheck {
  const timing = down ? ({ ...config.timing, initial: 'down' } as const) : config.timing;
  const number = ++numbering.last;
  return {
    id: `check-${number}`,
    spread: (number * GOLDEN) % 1,
    config,
    check: createChecker(timing),
    detail: 'not checked yet',
    change: 0,
  };
}

export function createRealServer(
  config: RealServerConfig,
  numbering: Numbering,
  down = false,
): RealServerState {
  const checks = config.checkers.map((checker) => createServerCheck(checker, numbering, down));
  const server = { config, checks, up: true, weight: config.weight };
  server.up = allUp(server);
  return server;
}

export function allUp({ checks }: Pick<RealServerState, 'checks'>): boolean {
  return checks.every(({ check }) => check.up !== false);
}

export function effectiveWeight({ config, checks }: RealServerState): number {
  const changed = checks.reduce((sum, { change }) => sum + change, config.weight);
  return Math.max(0, Math.min(changed, MOST_WEIGHT));
}

/** `[10.0.0.1]:tcp:80`, as keepalived names servers in its log and its FIFO; of a mark `none`. */
export function serverName(
  { address, port }: Pick<RealServerConfig, 'address' | 'port'>,
  { protocol }: Pick<VirtualServerConfig, 'protocol'>,
): string {
  const kind = protocol?.toLowerCase() ?? 'none';
  return `[${address}]:${kind}:${port}`;
}

/** Unique among all servers of all virtual servers of a process. */
export function serverId(virtual: VirtualServerConfig, real: RealServerConfig): string {
  return `${virtual.name} ${serverName(real, virtual)}`;
}

/** Whether both are the same server to the kernel. */
export function sameServer(a: RealServerConfig, b: RealServerConfig): boolean {
  return a.address === b.address && a.port === b.port && family(a.address) === family(b.address);
}
