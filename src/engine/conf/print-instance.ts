/** One `vrrp_instance` as text, and the pieces that groups and scripts are printed with, too. */
import { formatPrefix } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type {
  GarpConfig,
  HmacConfig,
  NotifyConfig,
  ScriptCommand,
  ScriptUser,
  Track,
  UnicastConfig,
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
  VmacConfig,
  VrrpInstanceConfig,
} from '../core/config.ts';
import type { InterfaceTrack, ObjectTrack, TrackWeight } from '../core/config-track.ts';
import { quoteCommand, quoteWord } from './lexer.ts';
import { NOTIFY_KEYWORDS } from './notify.ts';
import { virtualMac } from './vmac.ts';

export function printInstance(instance: VrrpInstanceConfig): string[] {
  const { garp, vmac, authentication, hmac, unicast } = instance;
  return block(`vrrp_instance ${quoteWord(instance.name)}`, [
    `state ${instance.state}`,
    ...(instance.interface === '' ? [] : [`interface ${quoteWord(instance.interface)}`]),
    `virtual_router_id ${instance.vrid}`,
    `priority ${instance.priority}`,
    `advert_int ${inSeconds(instance.advertInterval)}`,
    `version ${instance.version}`,
    ...(instance.preempt ? [] : ['nopreempt']),
    ...(instance.preemptDelay > 0 ? [`preempt_delay ${inSeconds(instance.preemptDelay)}`] : []),
    instance.accept ? 'accept' : 'no_accept',
    ...(instance.source === undefined
      ? []
      : [`${unicast === undefined ? 'mcast' : 'unicast'}_src_ip ${instance.source}`]),
    ...(instance.trackSource ? ['track_src_ip'] : []),
    ...(instance.group === undefined ? [] : [`mcast_dst_ip ${instance.group}`]),
    ...(vmac === undefined ? [] : [printVmac(vmac, instance)]),
    ...(vmac?.transmitOnBase === true ? ['vmac_xmit_base'] : []),
    ...(instance.checksum === 'rfc9568' ? ['v3_checksum_as_v2 on'] : []),
    ...printGarp(garp),
    ...printAnswers(instance),
    ...(instance.skipCheckAddresses ? ['skip_check_adv_addr'] : []),
    ...(instance.strict ? ['strict_mode on'] : []),
    ...(instance.trackPrimary ? [] : ['dont_track_primary']),
    ...(authentication === undefined
      ? []
      : block('authentication', [
          `auth_type ${authentication.type}`,
          `auth_pass ${quoteWord(authentication.password)}`,
        ])),
    ...(hmac === undefined ? [] : printHmac(hmac)),
    ...(unicast === undefined ? [] : printUnicast(unicast)),
    ...printAddresses(instance),
    ...optional('virtual_routes', instance.routes.map(routeText)),
    ...optional('virtual_rules', instance.rules.map(ruleText)),
    ...printTracks(instance),
    ...printNotify(instance.notify),
  ]);
}

function printAnswers(instance: VrrpInstanceConfig): string[] {
  const { downTimerAdverts, maxAdvertInterval } = instance;
  return [
    `lower_prio_no_advert ${onOff(instance.lowerPrioNoAdvert)}`,
    `higher_prio_send_advert ${onOff(instance.higherPrioSendAdvert)}`,
    ...(instance.ownerIgnoreAdverts ? ['owner_ignore_adverts'] : []),
    ...(downTimerAdverts === 3 ? [] : [`down_timer_adverts ${downTimerAdverts}`]),
    ...(maxAdvertInterval === undefined ? [] : [`max_advert_int ${inSeconds(maxAdvertInterval)}`]),
  ];
}

function printGarp(garp: GarpConfig): string[] {
  return [
    `garp_master_delay ${inSeconds(garp.delay)}`,
    `garp_master_repeat ${garp.repeat}`,
    `garp_lower_prio_delay ${inSeconds(garp.lowerPrioDelay)}`,
    `garp_lower_prio_repeat ${garp.lowerPrioRepeat}`,
    `garp_master_refresh ${inSeconds(garp.refresh)}`,
    `garp_master_refresh_repeat ${garp.refreshRepeat}`,
  ];
}

function printAddresses({ addresses, excluded, family }: VrrpInstanceConfig): string[] {
  const none = addresses.length === 0;
  return [
    ...(none && family === 6 ? ['native_ipv6'] : []),
    ...(none ? ['no_virtual_ipaddress'] : []),
    ...optional('virtual_ipaddress', addresses.map(printAddress)),
    ...optional('virtual_ipaddress_excluded', excluded.map(printAddress)),
  ];
}

/** keepalived's words for ip(8)'s that it does not know. */
const OF_RULES: Readonly<Record<string, string>> = { pref: 'preference', tun_id: 'tunnel-id' };

/** The family cannot always be seen in the words. */
export function ruleText({ family, words, track }: VirtualRule): string {
  return [
    ...words.map((word) => OF_RULES[word] ?? word),
    ...(family === 6 ? ['inet6'] : []),
    ...trackWords(track),
  ].join(' ');
}

export function routeText({ words, track }: VirtualRoute): string {
  return [...words, ...trackWords(track)].join(' ');
}

function trackWords(track: Track | undefined): string[] {
  if (track === undefined) return [];
  return track.kind === 'none' ? ['no_track'] : ['track_group', quoteWord(track.name)];
}

function printUnicast({ peers, ttl, checkSource, faultNoPeer }: UnicastConfig): string[] {
  const limit = (name: string, value: number | undefined): string =>
    value === undefined ? '' : ` ${name} ${value}`;
  return [
    ...block(
      'unicast_peer',
      peers.map(
        ({ address, minTtl, maxTtl }) =>
          `${address}${limit('min_ttl', minTtl)}${limit('max_ttl', maxTtl)}`,
      ),
    ),
    ...(peers.length > 0 ? [`unicast_ttl ${ttl}`] : []),
    ...(checkSource ? ['check_unicast_src'] : []),
    ...(faultNoPeer ? ['unicast_fault_no_peer'] : []),
  ];
}

function printHmac({ keys, activeKey, antiReplay, timeWindow, mode }: HmacConfig): string[] {
  return block('auth_hmac', [
    ...keys.map(({ id, source }) => `key ${id} ${quoteWord(source)}`),
    `active_key ${activeKey}`,
    `anti_replay ${antiReplay}`,
    `time_window ${inSeconds(timeWindow)}`,
    `mode ${mode}`,
  ]);
}

function printVmac(
  { interface: name, mac, ipvlan }: VmacConfig,
  { vrid, family }: VrrpInstanceConfig,
): string {
  if (ipvlan !== undefined)
    return `use_ipvlan ${quoteWord(name)} ${formatPrefix(ipvlan.address)} ${ipvlan.mode}`;
  // The RFC's MAC is no word that may stand here.
  const own = mac === undefined || mac === virtualMac(vrid, family) ? '' : ` ${mac}`;
  return `use_vmac ${quoteWord(name)}${own}`;
}

export function printAddress(one: VirtualAddress): string {
  return [
    formatPrefix(one),
    ...(one.broadcast === undefined ? [] : ['brd', one.broadcast]),
    ...(one.interface === undefined ? [] : ['dev', quoteWord(one.interface)]),
    ...(one.scope === undefined ? [] : ['scope', one.scope]),
    ...(one.label === undefined ? [] : ['label', quoteWord(one.label)]),
    ...(one.peer === undefined ? [] : ['peer', one.peer]),
    ...(one.flags ?? []),
    ...(one.vmac === undefined ? [] : ['use_vmac']),
    ...trackWords(one.track),
  ].join(' ');
}

/** Blocks of track_interface, track_script, track_file and track_process, in the order they are given. */
export function printTracks(tracked: {
  readonly trackInterfaces: readonly InterfaceTrack[];
  readonly tracks: readonly ObjectTrack[];
}): string[] {
  const interfaces = tracked.trackInterfaces.map(
    ({ interface: name, weight }) => `${quoteWord(name)} weight ${printWeight(weight)}`,
  );
  return [
    ...optional('track_interface', interfaces),
    // One block for each: the order of different kinds is kept.
    ...tracked.tracks.flatMap(({ kind, name, weight }) => {
      // What is tracked may be reversed itself.
      const reversal = weight.reverse ? '' : ' noreverse';
      return block(`track_${kind}`, [
        `${quoteWord(name)} weight ${printWeight(weight)}${reversal}`,
      ]);
    }),
  ];
}

export function printNotify(notify: NotifyConfig): string[] {
  const lines = Object.entries(NOTIFY_KEYWORDS).flatMap(([keyword, key]) => {
    const script = notify[key];
    return script === undefined ? [] : [`${keyword} ${printCommand(script)}`];
  });
  return [
    ...lines,
    `notify_priority_changes ${onOff(notify.priorityChanges)}`,
    `smtp_alert ${onOff(notify.smtpAlert)}`,
  ];
}

export function printWeight({ value, reverse }: TrackWeight): string {
  return `${value}${reverse ? ' reverse' : ''}`;
}

/** All arguments in one word. */
export function printCommand({ argv, user }: ScriptCommand): string {
  const line = quoteCommand(argv);
  return user === undefined ? line : `${line} ${printUser(user)}`;
}

export function printUser({ user, group }: ScriptUser): string {
  return group === undefined ? quoteWord(user) : `${quoteWord(user)} ${quoteWord(group)}`;
}

export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `    ${line}`), '}'];
}

function optional(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : block(head, lines);
}

/** Without an exponent, whatever the number. */
export function inSeconds(value: Micros): string {
  const text = (value / 1_000_000).toFixed(6);
  return text.replace(/\.?0+$/, '');
}

export function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}
