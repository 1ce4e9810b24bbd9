/** The options of the command line, under its names. */
import type { DaemonConfig } from '../engine/core/config.ts';
import { DAEMON } from '../linux/syslog.ts';
import type { DirectorChoice } from './director/open-director.ts';
import type { LogOptions } from './log.ts';
import type { PlaceOptions } from './place.ts';
import { withPriorities } from './vrrp/rule-priorities.ts';

export interface DaemonOptions extends PlaceOptions {
  /** -f */
  readonly useFile: string;
  /** -i */
  readonly configId?: string;
  /** -l, -D, -g and --log-json */
  readonly logConsole: boolean;
  readonly logDetail: boolean;
  readonly logFile?: string;
  readonly logJson: boolean;
  /** -S [daemon]; -G turns it off. */
  readonly logFacility?: number;
  readonly syslog: boolean;
  /** --events */
  readonly events?: string;
  /** -d */
  readonly dumpConf: boolean;
  /** -u [that of the configuration] */
  readonly umask?: number;
  /** -P and -C: only this child; both or none: every child that has something to do. */
  readonly vrrp: boolean;
  readonly check: boolean;
  /** --open-status */
  readonly openStatus: boolean;
  /** -R */
  readonly dontRespawn: boolean;
  /** -V */
  readonly dontReleaseVrrp: boolean;
  /** --director [auto: ip_vs if the kernel has it, otherwise nftables]. */
  readonly director: DirectorChoice;
  /** -x and -A */
  readonly snmp: boolean;
  readonly snmpAgentSocket?: string;
}

/** The only child that may run; undefined: both. */
export function onlyChild({ vrrp, check }: DaemonOptions): 'vrrp' | 'check' | undefined {
  if (vrrp === check) return undefined;
  return check ? 'check' : 'vrrp';
}

/** `tag`: that of the place. */
export function logOptions(options: DaemonOptions, tag: string): LogOptions {
  return {
    detail: options.logDetail,
    console: options.logConsole,
    facility: options.syslog ? (options.logFacility ?? DAEMON) : undefined,
    file: options.logFile,
    json: options.logJson,
    tag,
  };
}

/** The configuration with -x and -A, which override it, and with a priority for every rule. */
export function withOptions(
  config: DaemonConfig,
  { snmp, snmpAgentSocket: socket }: DaemonOptions,
): DaemonConfig {
  const all = { keepalived: true, checker: true, rfcv2: true, rfcv3: true };
  const { global } = config;
  const asked = {
    ...global.snmp,
    ...(snmp ? all : {}),
    ...(socket === undefined ? {} : { socket }),
  };
  return withPriorities({ ...config, global: { ...global, snmp: asked } });
}
