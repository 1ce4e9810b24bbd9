/** A virtual server: its quorum, and the pool that follows from who is up. */
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
  const servers = config.realServers.map((one) =>
    createRealServer(one, numbering, down.has(serverId(config, one))),
  );
  const state = { config, servers, quorum: false, suspended: false };
  const weight = liveWeight(state);
  // keepalived: it begins without, and is gained like any other time.
  state.quorum = weight > 0 && weight >= config.quorum + config.hysteresis;
  return state;
}

/** Sum of the weights of the servers that are up. */
export function liveWeight({ servers }: Pick<VirtualServerState, 'servers'>): number {
  return servers.reduce((sum, { up, weight }) => sum + (up ? weight : 0), 0);
}

/** After a check changed: what follows for the server, the pool and the quorum. */
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
 * Gained at `quorum + hysteresis`, lost below `quorum - hysteresis` or with nobody left (keepalived). The
 * pool comes before all that is told: traffic does not wait, and a script that looks finds what it was
 * told of.
 */
function settle(state: VirtualServerState, emit: EmitCheck, tellServer: () => void): void {
  const { quorum, hysteresis } = state.config;
  const weight = liveWeight(state);
  const before = state.quorum;
  if (before) state.quorum = weight > 0 && weight >= quorum - hysteresis;
  else state.quorum = weight > 0 && weight >= quorum + hysteresis;
  emit({ kind: 'pool', pool: poolOf(state) });
  tellServer();
  if (state.quorum !== before)
    emit({ kind: 'quorum', virtualServer: state.config, up: state.quorum });
}

/**
 * While the quorum is lost and there is a sorry server, it stands alone; otherwise the servers that are
 * up, and with weight 0 those that `inhibit_on_failure` keeps in the table.
 */
export function poolOf({ config, servers, quorum }: VirtualServerState): Pool {
  const destinations: Destination[] = [];
  const { sorryServer } = config;
  const sorry = sorryServer !== undefined && !quorum;
  for (const { config: one, up, weight } of servers) {
    const serves = up && !sorry;
    if (!serves && !one.inhibit) continue;
    const { address, port, method, upperThreshold, lowerThreshold } = one;
    destinations.push({
      address,
      port,
      weight: serves ? weight : 0,
      method,
      upperThreshold,
      lowerThreshold,
    });
  }
  if (sorryServer !== undefined && (sorry || sorryServer.inhibit)) {
    const { address, port, method } = sorryServer;
    const weight = sorry ? 1 : 0;
    // It may be one of the real servers, which then must keep its weight.
    const here = destinations.findIndex((one) => one.address === address && one.port === port);
    if (sorry && here >= 0) destinations.splice(here, 1);
    if (sorry || here < 0)
      destinations.push({ address, port, weight, method, upperThreshold: 0, lowerThreshold: 0 });
  }
  return { virtualServer: config, destinations };
}
