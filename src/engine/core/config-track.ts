/** Tracked objects, groups, and static addresses, routes and rules. */
import { type Micros, micros, seconds } from '../../time.ts';
import type { VirtualAddress, VirtualRoute, VirtualRule } from './config-address.ts';
import type { NotifyConfig, ScriptCommand } from './config-script.ts';

/** `track_interface`: FAULT while it is down, or a change of priority if it has a weight. */
export interface InterfaceTrack {
  readonly interface: string;
  readonly weight: TrackWeight;
}

/**
 * The effect of a tracked object on the priority. 0: FAULT while it is down. Positive: added while it is
 * up; negative: subtracted while it is down; `reverse` swaps up and down. -253..253.
 */
export interface TrackWeight {
  readonly value: number;
  readonly reverse: boolean;
}

/** One entry of `track_script`, `track_file` or `track_process`; its weight is resolved. */
export interface ObjectTrack {
  readonly kind: 'script' | 'file' | 'process';
  readonly name: string;
  readonly weight: TrackWeight;
}

export const VRRP_SCRIPT_DEFAULTS = {
  name: '',
  /** [1 s]. */
  interval: seconds(1),
  /** Successes in a row to be up [1]. */
  rise: 1,
  /** Failures in a row to be down [1]. */
  fall: 1,
  /** `weight` -253..253 [0], used if `track_script` has none. */
  weight: { value: 0, reverse: false } as TrackWeight,
  /** `init_fail` [false]: down until it has succeeded. */
  initFail: false,
};
/** `vrrp_script`. */
export interface VrrpScriptConfig extends Readonly<typeof VRRP_SCRIPT_DEFAULTS> {
  readonly command: ScriptCommand;
  /** [interval]; then SIGTERM to its group, SIGKILL 2 s later. */
  readonly timeout: Micros;
}

export const TRACK_FILE_DEFAULTS = {
  name: '',
  path: '',
  /** -254..254 [1]. */
  weight: { value: 1, reverse: false } as TrackWeight,
  /** `init_file [VALUE] [overwrite]`: written at start. */
  initial: undefined as { readonly value: number; readonly overwrite: boolean } | undefined,
};
/** `track_file` (`vrrp_track_file`): an integer in a file, times the weight, is added to the priority. */
export type TrackFileConfig = Readonly<typeof TRACK_FILE_DEFAULTS>;

export const TRACK_PROCESS_DEFAULTS = {
  name: '',
  /** `process`: the name or path of the program, followed by parameters. */
  argv: [] as readonly string[],
  /** `param_match` [none: parameters do not matter]. */
  match: undefined as 'exact' | 'initial' | 'partial' | undefined,
  /** `full_command` [false]: the whole command line is compared. */
  fullCommand: false,
  weight: { value: 0, reverse: false } as TrackWeight,
  /** `quorum` [1] and `quorum_max` [none]: how many must run, and how many may. */
  quorum: 1,
  quorumMax: undefined as number | undefined,
  /** `fork_delay`, `terminate_delay` [0]: how long a change must last. */
  forkDelay: micros(0),
  terminateDelay: micros(0),
};
/** `vrrp_track_process`. */
export type TrackProcessConfig = Readonly<typeof TRACK_PROCESS_DEFAULTS>;

/** `vrrp_sync_group`. */
export interface SyncGroupConfig {
  readonly name: string;
  /** Names of instances. */
  readonly members: readonly string[];
  readonly trackInterfaces: readonly InterfaceTrack[];
  readonly tracks: readonly ObjectTrack[];
  /** `sync_group_tracking_weight` [false]: members keep their weighted trackers. */
  readonly memberWeights: boolean;
  readonly notify: NotifyConfig;
}

/** `static_ipaddress`, `static_routes`, `static_rules`: there while the daemon runs. */
export interface StaticConfig {
  readonly addresses: readonly VirtualAddress[];
  readonly routes: readonly VirtualRoute[];
  readonly rules: readonly VirtualRule[];
}

/** `garp_group`: interfaces that share one pace of announcements. */
export interface GarpGroup {
  readonly interfaces: readonly string[];
  /** 0..60 s [the global one]. */
  readonly garpInterval: Micros | undefined;
  readonly gnaInterval: Micros | undefined;
}

/** `interface_up_down_delays`: how long an interface must be down, or up, to count. */
export interface LinkDelay {
  readonly interface: string;
  readonly down: Micros;
  readonly up: Micros;
}
