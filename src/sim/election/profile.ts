/**
 * The rules that simulated routers follow: the engine's configuration of each profile, and behaviour of an
 * implementation that no configuration of the engine covers.
 *
 * | profile | a losing advert | timers |
 * |---|---|---|
 * | rfc9568 | is answered at once | exact |
 * | rfc5798 | is discarded in silence | an interval that is learnt leaves the skew alone |
 * | rfc3768 | is discarded in silence | version 2: the skew is of a second; other intervals are refused |
 * | keepalived | is answered at once | exact; every packet for its VRID, valid or not, restarts the Adver_Timer |
 * | frr | is discarded in silence | the skew is whole centiseconds, rounded down |
 */
import { parseConfig } from '../../engine/conf/read.ts';
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  type VrrpInstanceConfig,
  type VrrpProfile,
} from '../../engine/core/config.ts';
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import { skewTime } from '../../engine/vrrp/timers.ts';
import { type IpAddress, ip } from '../../net/address.ts';
import type { ProfileName } from '../../observe/election.ts';
import { centiseconds, type Instant, instant, type Micros } from '../../time.ts';
import type { Case, CheckSpec, RouterSpec } from './case.ts';

export const INTERFACE = 'lan';
export const SCRIPT = 'check';
export const VIRTUAL_ADDRESSES = 1;

interface Rules {
  readonly version: 2 | 3;
  readonly engine: VrrpProfile;
  readonly answersLosers: boolean;
  /** Skew_Time in whole units of this, rounded down. */
  readonly grain: Micros | undefined;
  readonly anyPacketRestartsAdvert: boolean;
}

const RFC9568: Rules = {
  version: 3,
  engine: 'rfc9568',
  answersLosers: true,
  grain: undefined,
  anyPacketRestartsAdvert: false,
};

export const RULES: Readonly<Record<ProfileName, Rules>> = {
  rfc9568: RFC9568,
  rfc5798: { ...RFC9568, engine: 'rfc5798', answersLosers: false },
  rfc3768: { ...RFC9568, version: 2, engine: 'rfc3768', answersLosers: false },
  keepalived: { ...RFC9568, anyPacketRestartsAdvert: true },
  frr: { ...RFC9568, answersLosers: false, grain: centiseconds(1) },
};

/** Addresses in one network, on both sides of 128, and not in the order of the indexes. */
const LAST_OCTETS = [11, 191, 71, 251, 131, 41, 221] as const;

const FIRST_ADDRESSES = LAST_OCTETS.map((last) => ip(`10.99.0.${last}`));

export function addressOf(router: number): IpAddress {
  return FIRST_ADDRESSES[router] ?? ip(`10.99.${1 + (router >> 8)}.${router & 255}`);
}

/** An address as an unsigned number, computed independently of the engine's comparison. */
export function addressNumber(address: IpAddress): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

export function virtualAddress(virtual: number): IpAddress {
  return ip(`10.99.255.${virtual + 1}`);
}

/** The settings that all routers of a case share. */
type Shared = Pick<Case, 'profile' | 'virtuals' | 'check' | 'refresh'>;

/** An empty keepalived.conf: everything at its default. */
const EMPTY: DaemonConfig = parseConfig('', 'keepalived.conf').config;

/** Configurations by their parameters: a campaign needs the same ones thousands of times a second. */
const MADE = new Map<string, DaemonConfig>();
const MOST_MADE = 10_000;

/** The configuration of one router: `virtuals` instances, in one sync group if there are several. */
export function configOf(whole: Shared, spec: RouterSpec): DaemonConfig {
  const { profile, virtuals, check, refresh = 0 } = whole;
  const { priority, interval, preempt, preemptDelay } = spec;
  const script = check && [check.interval, check.timeout, check.rise, check.fall, check.weight];
  const key = `${profile} ${virtuals} ${priority} ${interval} ${preempt} ${preemptDelay} ${refresh} ${script}`;
  const known = MADE.get(key);
  if (known !== undefined) return known;
  if (MADE.size >= MOST_MADE) MADE.clear();
  const made = makeConfig(whole, spec);
  MADE.set(key, made);
  return made;
}

function makeConfig(whole: Shared, spec: RouterSpec): DaemonConfig {
  const { virtuals, check } = whole;
  const instances = Array.from({ length: virtuals }, (_, virtual) =>
    makeInstance(whole, spec, virtual),
  );
  if (virtuals === 1 && check === undefined) return { ...EMPTY, instances };
  const notify = { priorityChanges: false, smtpAlert: false };
  const group = {
    name: 'all',
    members: instances.map(({ name }) => name),
    trackInterfaces: [],
    tracks: [],
    memberWeights: true,
    notify,
  };
  return {
    ...EMPTY,
    instances,
    syncGroups: virtuals === 1 ? [] : [group],
    scripts: check === undefined ? [] : [scriptOf(check)],
  };
}

function makeInstance(
  { profile, check, refresh }: Shared,
  { priority, interval, preempt, preemptDelay }: RouterSpec,
  virtual: number,
): VrrpInstanceConfig {
  const { version, engine, answersLosers } = RULES[profile];
  const weight = { value: check?.weight ?? 0, reverse: false };
  return {
    ...FEATURE_DEFAULTS,
    name: String(virtual),
    state: 'BACKUP',
    interface: INTERFACE,
    vrid: virtual + 1,
    priority,
    advertInterval: interval,
    version,
    family: 4,
    preempt,
    preemptDelay,
    accept: true,
    addresses: [{ address: virtualAddress(virtual), length: 16 }],
    profile: engine,
    checksum: 'pseudo-header',
    lowerPrioNoAdvert: !answersLosers,
    garp: { ...FEATURE_DEFAULTS.garp, refresh: refresh ?? FEATURE_DEFAULTS.garp.refresh },
    tracks: check === undefined ? [] : [{ kind: 'script', name: SCRIPT, weight }],
  };
}

function scriptOf(check: CheckSpec): DaemonConfig['scripts'][number] {
  const { interval, timeout, rise, fall, weight } = check;
  return {
    name: SCRIPT,
    command: { argv: ['/check'], user: undefined },
    interval,
    timeout,
    rise,
    fall,
    weight: { value: weight, reverse: false },
    initFail: false,
  };
}

/** Active_Down_Timers before an event, for `roundDown`; undefined: the profile does not round. */
export function downTimers(
  instances: readonly InstanceState[],
  grain: Micros | undefined,
): readonly (Instant | undefined)[] | undefined {
  return grain === undefined ? undefined : instances.map(({ deadlines }) => deadlines.down);
}

/** Rounds every Active_Down_Timer that was set since `before` to the profile's grain; a sync group sets several. */
export function roundDown(
  instances: readonly InstanceState[],
  grain: Micros | undefined,
  before: readonly (Instant | undefined)[] | undefined,
): void {
  if (grain === undefined || before === undefined) return;
  for (const [i, instance] of instances.entries()) {
    const { deadlines } = instance;
    if (deadlines.down === undefined || deadlines.down === before[i]) continue;
    const skew = skewTime(instance);
    deadlines.down = instant(deadlines.down - (skew - Math.floor(skew / grain) * grain));
  }
}
