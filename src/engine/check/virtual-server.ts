/** A virtual server: its quorum, and the pool that follows from the servers that are up. */
import type { VirtualServerConfig } from '../core/config-check.ts';
import type { Destination, EmitCheck, Pool } from './io.ts';
import {
  allUp,
  createRealServer,
  effectiveWeight,
  type Numbering,
  type RealServerState,
  serverId,
} from './real-server.ts';

export interface VirtualServerState {
  config: VirtualServerConfig;
  servers: readonly RealServerState[];
  quorum: boolean;
  /** `ha_suspend`, and the virtual address is elsewhere. */
  suspended: boolean;
}

export function createVirtualServer(
  config: VirtualServerConfig,
  numbering: Numbering,
  down: ReadonlySet<string> = new Set(),
): VirtualServerState {
  const servers = config.realServers.map((real) =>
    createRealServer(real, numbering, down.has(serverId(config, real))),
  );
  const state = { config, servers, quorum: false, suspended: false };
  const weight = liveWeight(state);
  // keepalived starts without quorum and gains it by the usual rule.
  state.quorum = weight > 0 && weight >= config.quorum + config.hysteresis;
  return state;
}

/** Sum of the weights of the servers that are up. */
export function liveWeight({ servers }: Pick<VirtualServerState, 'servers'>): number {
  return servers.reduce((sum, { up, weight }) => sum + (up ? weight : 0), 0);
}

/** Updates the server, the pool and the quorum after a check changed. */
export function reconsiderServer(
  state: VirtualServerState,
  server: RealServerState,
  detail: string,
  emit: EmitCheck,
): void {
  const up = allUp(server);
  const weight = effectiveWeight(server);
  const turned = up !== server.up;
  if (!turned && weight === server.weight) return;
  server.up = up;
  server.weight = weight;
  const { config: virtualServer } = state;
  const { config: realServer } = server;
  settle(state, emit, () => {
    if (turned) emit({ kind: 'server', virtualServer, realServer, up, detail, initial: false });
  });
}

export function reconsiderQuorum(state: VirtualServerState, emit: EmitCheck): void {
  settle(state, emit, () => {});
}

/**
 * Gained at `quorum + hysteresis`, lost below `quorum - hysteresis` or without a live server (keepalived). The
 * pool effect comes first: traffic moves at once, and a notify script finds the kernel's table already changed.
 */
function settle(state: VirtualServerState, emit: EmitCheck, emitServer: () => void): void {
  const { quorum, hysteresis } = state.config;
  const weight = liveWeight(state);
  const before = state.quorum;
  if (before) state.quorum = weight > 0 && weight >= quorum - hysteresis;
  else state.quorum = weight > 0 && weight >= quorum + hysteresis;
  emit({ kind: 'pool', pool: poolOf(state) });
  emitServer();
  if (state.quorum !== before)
    emit({ kind: 'quorum', virtualServer: state.config, up: state.quorum });
}

/**
 * While the quorum is lost, a sorry server is the only one; otherwise the servers that are
 * up, and with weight 0 those that `inhibit_on_failure` keeps in the table.
 */
export function poolOf({ config, servers, quorum }: VirtualServerState): Pool {
  const destinations: Destination[] = [];
  const { sorryServer } = config;
  const sorry = sorryServer !== undefined && !quorum;
  for (const { config: real, up, weight: effective } of servers) {
    const serves = up && !sorry;
    if (!serves && !real.inhibit) continue;
    const { address, port, method, upperThreshold, lowerThreshold } = real;
    const weight = serves ? effective : 0;
    destinations.push({ address, port, weight, method, upperThreshold, lowerThreshold });
  }
  if (sorryServer !== undefined && (sorry || sorryServer.inhibit)) {
    const { address, port, method } = sorryServer;
    const weight = sorry ? 1 : 0;
    // It may be one of the real servers, which then must keep its weight.
    const here = destinations.findIndex(
      (destination) => destination.address === address && destination.port === port,
    );
    if (sorry && here >= 0) destinations.splice(here, 1);
    if (sorry || here < 0)
      destinations.push({ address, port, weight, method, upperThreshold: 0, lowerThreshold: 0 });
  }
  return { virtualServer: config, destinations };
}
