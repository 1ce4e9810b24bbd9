/** The state of the health checks for `halabd status` and its JSON. */
import type { ChecksState } from './checks.ts';
import { liveWeight } from './virtual-server.ts';

export type ChecksStatus = ReturnType<typeof describeChecks>;
export type VirtualServerStatus = ChecksStatus['virtualServers'][number];
export type RealServerStatus = VirtualServerStatus['realServers'][number];

export function describeChecks({ servers }: ChecksState) {
  const virtualServers = servers.map((virtual) => ({
    name: virtual.config.name,
    scheduler: virtual.config.scheduler,
    quorum: {
      reached: virtual.quorum,
      needed: virtual.config.quorum,
      weight: liveWeight(virtual),
    },
    /** `ha_suspend`, and the address is elsewhere. */
    suspended: virtual.suspended,
    realServers: virtual.servers.map(({ config, up, weight, checks }) => ({
      address: config.address,
      port: config.port,
      up,
      weight: { configured: config.weight, effective: weight },
      checks: checks.map(({ config: { probe }, check, detail }) => ({
        kind: probe.kind,
        up: check.up !== false,
        /** Detail of the last result. */
        detail,
        /** Results in a row that contradict `up`. */
        contrary: check.contrary,
        probes: check.probe,
        skipped: check.skipped,
        /** The largest lateness of a probe's start. */
        mostLate: check.mostLate,
      })),
    })),
  }));
  return { virtualServers };
}
