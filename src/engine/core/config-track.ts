/** What instances watch, what binds them together, and what is installed for good. */
import type { Micros } from '../../time.ts';
import type { VirtualAddress, VirtualRoute, VirtualRule } from './config-address.ts';
import type { NotifyConfig, ScriptCommand } from './config-script.ts';

/** `track_interface`: FAULT while it is down, or a change of priority if it has a weight. */
export interface InterfaceTrack {
  readonly interface: string;
  readonly weight: TrackWeight;
}

/**
 * What a tracked object does to the priority. 0: FAULT while it is down. Positive: added while it is
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

/** `vrrp_script`. */
export interface VrrpScriptConfig {
  readonly name: string;
  readonly command: ScriptCommand;
  /** [1 s]. */
  readonly interval: Micros;
  /** [interval]; then SIGTERM to its group, SIGKILL 2 s later. */
  readonly timeout: Micros;
  /** Successes in a row to be up [1]. */
  readonly rise: number;
  /** Failures in a row to be down [1]. */
  readonly fall: number;
  /** `weight` -253..253 [0], taken where `track_script` gives none. */
  readonly weight: TrackWeight;
  /** `init_fail` [false]: down until it has succeeded. */
  readonly initFail: boolean;
}

/** `track_file` (`vrrp_track_file`): an integer in a file, times the weight, is added to the priority. */
export interface TrackFileConfig {
  readonly name: string;
  readonly path: string;
  /** -254..254 [1]. */
  readonly weight: TrackWeight;
  /** `init_file [VALUE] [overwrite]`: written at start. */
  readonly initial: { readonly value: number; readonly overwrite: boolean } | undefined;
}

/** `vrrp_track_process`. */
export interface TrackProcessConfig {
  readonly name: string;
  /** `process`: the program's name, or its path; more words are parameters. */
  readonly argv: readonly string[];
  /** `param_match` [none: parameters do not matter]. */
  readonly match: 'exact' | 'initial' | 'partial' | undefined;
  /** `full_command` [false]: the whole command line is compared. */
  readonly fullCommand: boolean;
  readonly weight: TrackWeight;
  /** `quorum` [1] and `quorum_max` [none]: how many must run, and how many may. */
  readonly quorum: number;
  readonly quorumMax: number | undefined;
  /** `fork_delay`, `terminate_delay` [0]: how long a change must last. */
  readonly forkDelay: Micros;
  readonly terminateDelay: Micros;
}

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
