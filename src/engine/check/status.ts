/** The state of the health checks for `halabd status` and its JSON. */
import type { Micros } from '../../time.ts';
import type { ProbeConfig } from '../core/config-checker.ts';
import type { ChecksState } from './checks.ts';
import { liveWeight } from './virtual-server.ts';

export interface ChecksStatus {
  readonly virtualServers: readonly VirtualServerStatus[];
}

export interface VirtualServerStatus {
  readonly name: string;
  readonly scheduler: string;
  readonly quorum: { readonly reached: boolean; readonly needed: number; readonly weight: number };
  /** `ha_suspend`, and the address is elsewhere. */
  readonly suspended: boolean;
  readonly realServers: readonly RealServerStatus[];
}

export interface RealServerStatus {
  readonly address: string;
  readonly port: number;
  readonly up: boolean;
  readonly weight: { readonly configured: number; readonly effective: number };
  readonly checks: readonly {
    readonly kind: ProbeConfig['kind'];
    readonly up: boolean;
    /** Detail of the last result. */
    readonly detail: string;
    /** Results in a row that contradict `up`. */
    readonly contrary: number;
    readonly probes: number;
    readonly skipped: number;
    /** The largest lateness of a probe's start. */
    readonly mostLate: Micros;
  }[];
}

export function describeChecks({ servers }: ChecksState): ChecksStatus {
  const virtualServers = servers.map((virtual) => ({
    name: virtual.config.name,
    scheduler: virtual.config.scheduler,
    quorum: {
      reached: virtual.quorum,
      needed: virtual.config.quorum,
      weight: liveWeight(virtual),
    },
    suspended: virtual.suspended,
    realServers: virtual.servers.map(({ config, up, weight, checks }) => ({
      address: config.address,
      port: config.port,
      up,
      weight: { configured: config.weight, effective: weight },
      checks: checks.map(({ config: { probe }, check, detail }) => ({
        kind: probe.kind,
        up: check.up !== false,
        detail,
        contrary: check.contrary,
        probes: check.probe,
        skipped: check.skipped,
        mostLate: check.mostLate,
      })),
    })),
  }));
  return { virtualServers };
}
