/** The options of the command line. */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { DirectorChoice } from './director/open-director.ts';
import type { LogOptions } from './log.ts';
import type { PlaceOptions } from './place.ts';
import { withPriorities } from './vrrp/rule-priorities.ts';

export interface DaemonOptions extends PlaceOptions {
  /** -i */
  readonly configId: string | undefined;
  readonly log: LogOptions;
  /** --events */
  readonly events: string | undefined;
  /** -d */
  readonly dumpConfig: boolean;
  /** -u [that of the configuration] */
  readonly umask: number | undefined;
  /** -P and -C: only this child [every child that has something to do]. */
  readonly only: 'vrrp' | 'check' | undefined;
  /** --open-status */
  readonly openStatus: boolean;
  /** -R turns it off. */
  readonly respawn: boolean;
  /** -V */
  readonly keepAddresses: boolean;
  /** --director [auto: ip_vs if the kernel has it, otherwise nftables]. */
  readonly director: DirectorChoice;
  /** -x and -A */
  readonly snmp: boolean;
  readonly snmpSocket: string | undefined;
  /** About options that have no effect here. */
  readonly warnings: readonly string[];
}

/** The configuration with -x and -A, which override it, and with a priority for every rule. */
export function withOptions(
  config: DaemonConfig,
  { snmp, snmpSocket }: DaemonOptions,
): DaemonConfig {
  const all = { keepalived: true, checker: true, rfcv2: true, rfcv3: true };
  const { global } = config;
  const asked = {
    ...global.snmp,
    ...(snmp ? all : {}),
    ...(snmpSocket === undefined ? {} : { socket: snmpSocket }),
  };
  return withPriorities({ ...config, global: { ...global, snmp: asked } });
}
