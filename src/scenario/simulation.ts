/**
 * The settings of the exact simulator in a scenario file: network, clocks, and the profile whose rules hold. With the
 * topology and the steps they make a whole simulated election; a counterexample is such a file.
 */
import type { Micros } from '../time.ts';

/** Whose rules decide where the documents and the implementations differ. */
export const PROFILES = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'] as const;
export type SimulationProfile = (typeof PROFILES)[number];

export interface Simulation {
  readonly profile: SimulationProfile;
  /** Of the network's draws and the timers' lateness. */
  readonly seed: number;
  readonly network: SimulatedNetwork;
  /** One for every router of the topology, in its order. */
  readonly routers: readonly SimulatedRouter[];
  readonly check: SimulatedCheck | undefined;
  /** keepalived `garp_master_refresh` of every router; undefined: none. */
  readonly refresh: Micros | undefined;
  /** Time watched after the last fault ended; undefined: as long as every bound needs. */
  readonly quiet: Micros | undefined;
  /** Undefined: all that apply. */
  readonly invariants: readonly string[] | undefined;
  /** `violated`: it shows a weakness of the protocol or of a profile, and passes as long as that is there. */
  readonly outcome: 'holds' | 'violated';
  /** Kinds of events that must come about at least once; the names `halab explore` counts. */
  readonly shows: readonly string[];
  readonly found: Found | undefined;
}

/** Rates are per mille and hold while faults last. */
export interface SimulatedNetwork {
  readonly delayLeast: Micros;
  readonly delayMost: Micros;
  /** Timers fire up to this late, uniform, or by the profile's table if `calibrated`. */
  readonly lateness: Micros;
  readonly calibrated: boolean;
  readonly loss: number;
  /** How many deliveries in a row are lost on average once one is. */
  readonly burst: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly announcementLoss: number;
  /** Clients and switch ports that learn who owns the address. */
  readonly hosts: number;
  readonly drops: readonly SimulatedDrop[];
  /** Deliveries that take exactly so long. */
  readonly delays: readonly (SimulatedDrop & { readonly takes: Micros })[];
}

/** The `nth` advert (from 0) that `from` sent for the virtual router `of`, on its way to `to`. */
export interface SimulatedDrop {
  readonly from: string;
  readonly to: string;
  readonly of: string;
  readonly nth: number;
}

export interface SimulatedRouter {
  readonly node: string;
  /** When its process starts. */
  readonly start: Micros;
  /** Its clock runs this much fast, -10 000..10 000 parts per million. */
  readonly ppm: number;
}

export interface SimulatedCheck {
  readonly interval: Micros;
  readonly timeout: Micros;
  readonly fall: number;
  readonly rise: number;
  /** 0: FAULT while it is down. */
  readonly weight: number;
  /** How long a run takes. */
  readonly takes: Micros;
}

/** Which case of which campaign violated which invariant; for the reader. */
export interface Found {
  readonly seed: number | undefined;
  readonly case: number | undefined;
  readonly invariant: string | undefined;
}
