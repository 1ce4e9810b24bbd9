/** A topology's virtual server as keepalived's virtual_server with its checkers. */

import type { RealServerConfig, VirtualServerConfig } from '../engine/core/config-check.ts';
import {
  type CheckerConfig,
  HTTP_DEFAULTS,
  type ProbeConfig,
  TARGET_DEFAULTS,
  UDP_DEFAULTS,
} from '../engine/core/config-checker.ts';
import { family } from '../net/address.ts';
import {
  type PoolMember,
  type ServerCheck,
  type VirtualServer,
  virtualServerName,
} from '../topology/service.ts';
import { poolScript } from '../topology/topology.ts';
import { CHECK_SCRIPT } from './lab-scripts.ts';

export function virtualServerOf(server: VirtualServer): VirtualServerConfig {
  const method = { kind: server.mode };
  const which = family(server.address);
  const { persistence, sorry } = server;
  return {
    name: virtualServerName(server),
    service: { kind: 'address', address: server.address, port: server.port },
    family: which,
    protocol: server.protocol,
    scheduler: server.method,
    schedulerFlags: [],
    method,
    onePacket: false,
    persistence: persistence && { timeout: persistence, granularity: which === 4 ? 32 : 128 },
    alpha: false,
    omega: false,
    haSuspend: false,
    quorum: server.quorum,
    hysteresis: server.hysteresis,
    quorumUp: undefined,
    quorumDown: undefined,
    sorryServer: sorry && { address: sorry.address, port: sorry.port, method, inhibit: false },
    mail: undefined,
    realServers: server.pool.map((member) => realServerOf(server, member)),
  };
}

function realServerOf(server: VirtualServer, member: PoolMember): RealServerConfig {
  const { check } = server;
  return {
    address: member.address,
    port: member.port,
    weight: member.weight,
    method: { kind: server.mode },
    inhibit: false,
    upperThreshold: 0,
    lowerThreshold: 0,
    notifyUp: undefined,
    notifyDown: undefined,
    mail: undefined,
    checkers: check === undefined ? [] : [checkerOf(check, server.name, member)],
  };
}

function checkerOf(check: ServerCheck, virtualServer: string, member: PoolMember): CheckerConfig {
  const { every: interval, timeout, fall, retryDelay } = check;
  const counts = { fall, rise: 1, initial: 'up' } as const;
  return {
    timing: { interval, timeout, retryDelay, warmup: interval, ...counts },
    logAll: false,
    probe: probeOf(check, virtualServer, member),
  };
}

function probeOf(check: ServerCheck, virtualServer: string, member: PoolMember): ProbeConfig {
  const target = { ...TARGET_DEFAULTS, address: member.address, port: member.port };
  switch (check.type) {
    case 'ping':
      return { kind: 'PING_CHECK', target };
    case 'tcp':
      return { kind: 'TCP_CHECK', target };
    case 'udp':
      return { ...UDP_DEFAULTS, kind: 'UDP_CHECK', target, reply: '' };
    case 'script': {
      const argv = [CHECK_SCRIPT, poolScript(virtualServer, member.node)];
      return { kind: 'MISC_CHECK', command: { argv, user: undefined }, dynamic: false };
    }
    default: {
      const whole = { negate: false, flags: '', minOffset: 0, maxOffset: undefined };
      const regex = check.body === undefined ? undefined : { pattern: check.body, ...whole };
      const status = [{ low: 200, high: 299 }];
      const url = { path: check.path, host: undefined, digest: undefined, status, regex };
      const kind = check.type === 'https' ? 'SSL_GET' : 'HTTP_GET';
      return { ...HTTP_DEFAULTS, kind, target, urls: [url] };
    }
  }
}
