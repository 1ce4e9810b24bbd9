/**
 * The configuration that keepalived 2.2.7 dumps (`-d`), and the one that halabd reads from the same file: both as
 * sections of named values, in the wording of the dump.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../../src/engine/core/config.ts';
import type { VirtualAddress } from '../../src/engine/core/config-address.ts';
import type { NotifyConfig, ScriptCommand } from '../../src/engine/core/config-script.ts';
import type {
  InterfaceTrack,
  ObjectTrack,
  TrackWeight,
} from '../../src/engine/core/config-track.ts';

type Values = Record<string, string>;
/** By `instance NAME`, `script NAME` and so on. */
export type Sections = Record<string, Values>;

export interface Comparison {
  readonly values: number;
  /** `SECTION, KEY: keepalived VALUE, halabd VALUE`. */
  readonly differing: readonly string[];
}

/** The time at the start of each line of keepalived's log. */
const STAMP = /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: /;
const TITLES: readonly (readonly [string, RegExp])[] = [
  ['instance', /^ VRRP Instance = (.*)$/],
  ['script', /^ VRRP Script = (.*)$/],
  ['group', /^ VRRP Sync Group = (.*), /],
  ['file', /^ Track file = (.*)$/],
  ['process', /^ VRRP Track process = (.*)$/],
];
const LIST =
  /^ {3}(Virtual \w+|Virtual IP Excluded|Unicast Peer|Tracked \w+|VRRP member instances)(?: \(\d+\))? ?:$/;
/** Lines without a value. */
const MARKS: readonly (readonly [RegExp, string, string])[] = [
  [/^ {3}Enforcing strict/, 'Strict', 'yes'],
  [/^ {3}Skip checking/, 'Skip checking', 'yes'],
  [/^ {3}VRRP interface tracking disabled/, 'Track primary', 'no'],
  [/^ {3}sync group tracking weight set/, 'Tracking weight', 'yes'],
  [/^ {3}Using Native IPv6/, 'Family', '6'],
  [/^ {5}If unicast go to fault/, 'Fault without a peer', 'yes'],
];
const SEPARATOR = ' | ';

/** keepalived's dump as sections. */
export function sectionsOf(log: string): Sections {
  const sections: Sections = {};
  let at: Values = {};
  let list: string | undefined;
  for (const stamped of log.split('\n')) {
    const line = stamped.replace(STAMP, '');
    const part = /^------< (.*) >------/.exec(line)?.[1];
    const title = TITLES.flatMap(([kind, pattern]) => {
      const name = pattern.exec(line)?.[1];
      return name === undefined ? [] : [`${kind} ${name}`];
    })[0];
    if (part !== undefined || title !== undefined) {
      at = {};
      list = part?.startsWith('Static ') ? part : undefined;
      sections[title ?? (list === undefined ? (part ?? '') : 'statics')] ??= {};
      at = sections[title ?? (list === undefined ? (part ?? '') : 'statics')] ?? {};
    } else list = readLine(line, at, list);
  }
  return sections;
}

/** The list that continues in the next line. */
function readLine(line: string, at: Values, list: string | undefined): string | undefined {
  // An unrelated log line of keepalived.
  if (!line.startsWith(' ')) return list;
  const begun = LIST.exec(line)?.[1];
  if (begun !== undefined) {
    at[begun] = '';
    return begun;
  }
  for (const [pattern, key, value] of MARKS) if (pattern.test(line)) at[key] = value;
  const group = /^ {3}Multicast address ([^ ,]+)/.exec(line)?.[1];
  if (group !== undefined) at['Multicast address'] = group;
  const [, key, value] = /^ {1,3}(\S.*?) (?:=|:) (.*)$/.exec(line) ?? [];
  if (key !== undefined && value !== undefined) {
    at[key] = value;
    return undefined;
  }
  if (list === undefined || !line.startsWith('     ')) return undefined;
  at[list] = [at[list], line.trim()]
    .filter((part) => part !== undefined && part !== '')
    .join(SEPARATOR);
  return list;
}

/** The values of halabd in the same wording; only those that it has. */
export function sectionsOfConfig(config: DaemonConfig): Sections {
  const { global, scripts, syncGroups, files, processes, statics } = config;
  const sections: Sections = { 'Global definitions': globalValues(global) };
  for (const instance of config.instances)
    sections[`instance ${instance.name}`] = instanceValues(instance, config);
  for (const { name, members, memberWeights, notify, tracks, trackInterfaces } of syncGroups)
    sections[`group ${name}`] = {
      'VRRP member instances': sorted(members),
      'Tracking weight': memberWeights ? 'yes' : '',
      'Using smtp notification': yes(notify.smtpAlert),
      ...trackValues(tracks, trackInterfaces, 'Tracked process'),
      ...scriptValues(notify),
    };
  for (const script of scripts)
    sections[`script ${script.name}`] ??= {
      Command: commandOf(script.command),
      Interval: `${secondsOf(script.interval)} sec`,
      Timeout: `${secondsOf(script.timeout)} sec`,
      Weight: weightOf(script.weight),
      Rise: `${script.rise}`,
      Fall: `${script.fall}`,
    };
  for (const { name, path, weight } of files)
    sections[`file ${name}`] = { File: path, Weight: weightOf(weight) };
  for (const process of processes)
    sections[`process ${process.name}`] = {
      Process: process.argv[0] ?? '',
      Parameters: process.argv.slice(1).join(' '),
      'Min processes': `${process.quorum}`,
      'Max processes': process.quorumMax === undefined ? '' : `${process.quorumMax}`,
      Weight: weightOf(process.weight),
      'Terminate delay': `${(process.terminateDelay / 1e6).toFixed(6)}s`,
      'Fork delay': `${(process.forkDelay / 1e6).toFixed(6)}s`,
      'Full command': `${process.fullCommand}`,
    };
  sections.statics = {
    'Static Addresses': statics.addresses.map((address) => addressOf(address, '')).join(SEPARATOR),
    'Static Routes': `${statics.routes.length}`,
    'Static Rules': `${statics.rules.length}`,
  };
  return sections;
}

function globalValues(global: DaemonConfig['global']): Values {
  const { routerId, snmp } = global;
  return {
    ...(routerId === undefined ? {} : { 'Router ID': routerId }),
    'VRRP default protocol version': `${global.vrrpVersion}`,
    'Dynamic interfaces': `${global.dynamicInterfaces}`,
    'VRRP notify priority changes': `${global.notifyPriorityChanges}`,
    'FIFO write vrrp states on reload': `${global.fifoStatesOnReload}`,
    'Gratuitous ARP interval': (global.garpInterval / 1e6).toFixed(6),
    'Gratuitous NA interval': (global.gnaInterval / 1e6).toFixed(6),
    ...(snmp.socket === undefined ? {} : { 'SNMP socket': snmp.socket }),
  };
}

function instanceValues(instance: VrrpInstanceConfig, { syncGroups }: DaemonConfig): Values {
  const { vmac, unicast, source, authentication, version, advertInterval, notify } = instance;
  const hasPeers = unicast !== undefined && unicast.peers.length > 0;
  const device = vmac?.interface ?? (instance.interface || 'not configured');
  const interval =
    version === 2 ? `${secondsOf(advertInterval)} sec` : `${advertInterval / 1000} milli-sec`;
  const password = authentication?.type === 'PASS' ? authentication.password : '';
  return {
    'VRRP Version': `${version}`,
    Family: instance.family === 6 ? '6' : '',
    Wantstate: instance.state,
    Interface: device,
    'Using src_ip': source ?? '',
    // Without a peer keepalived keeps the group and sends nothing.
    'Multicast address': hasPeers ? '' : (instance.group ?? DEFAULT_GROUPS[instance.family]),
    ...garpValues(instance),
    'Virtual Router ID': `${instance.vrid}`,
    Priority: `${instance.priority}`,
    'Advert interval': interval,
    Accept: instance.accept ? 'enabled' : 'disabled',
    Preempt: instance.preempt ? 'enabled' : 'disabled',
    'Preempt delay': instance.preemptDelay === 0 ? '' : `${instance.preemptDelay / 1e6}`,
    'Authentication type': AUTHENTICATION[authentication?.type ?? (version === 2 ? 'none' : '')],
    Password: password,
    Strict: instance.strict ? 'yes' : '',
    'Skip checking': instance.skipCheckAddresses ? 'yes' : '',
    'Track primary': instance.trackPrimary ? '' : 'no',
    'Virtual IP': instance.addresses.map((address) => addressOf(address, device)).join(SEPARATOR),
    'Virtual IP Excluded': instance.excluded.map((a) => addressOf(a, device)).join(SEPARATOR),
    'Unicast Peer': unicast === undefined ? '' : peersOf(unicast),
    'Unicast TTL': unicast === undefined ? '' : `${unicast.ttl}`,
    'Check unicast src': unicast === undefined || !hasPeers ? '' : yes(unicast.checkSource),
    'Fault without a peer': unicast?.faultNoPeer ? 'yes' : '',
    'Virtual Routes': `${instance.routes.length}`,
    'Virtual Rules': `${instance.rules.length}`,
    ...trackValues(instance.tracks, instance.trackInterfaces, 'Tracked processes'),
    'Using smtp notification': yes(notify.smtpAlert),
    'Notify priority changes': `${notify.priorityChanges}`,
    'Sync group': syncGroups.find(({ members }) => members.includes(instance.name))?.name ?? '',
    ...scriptValues(notify),
  };
}

const DEFAULT_GROUPS = { 4: '224.0.0.18', 6: 'ff02::12' } as const;
const AUTHENTICATION = {
  PASS: 'SIMPLE_PASSWORD',
  AH: 'IPSEC_AH',
  none: 'none',
  '': '',
} as const;

function garpValues(instance: VrrpInstanceConfig): Values {
  const { delay, repeat, refresh, refreshRepeat, lowerPrioDelay, lowerPrioRepeat } = instance.garp;
  return {
    'Gratuitous ARP delay': secondsOf(delay),
    'Gratuitous ARP repeat': `${repeat}`,
    'Gratuitous ARP refresh': secondsOf(refresh),
    'Gratuitous ARP refresh repeat': `${refreshRepeat}`,
    'Gratuitous ARP lower priority delay': secondsOf(lowerPrioDelay),
    'Gratuitous ARP lower priority repeat': `${lowerPrioRepeat}`,
    'Down timer adverts': `${instance.downTimerAdverts}`,
    'Send advert after receive lower priority advert': `${!instance.lowerPrioNoAdvert}`,
    'Send advert after receive higher priority advert': `${instance.higherPrioSendAdvert}`,
  };
}

/** The name of the list of processes differs between instances and groups. */
function trackValues(
  tracks: readonly ObjectTrack[],
  interfaces: readonly InterfaceTrack[],
  processes: string,
): Values {
  const of = (kind: ObjectTrack['kind'], comma: string): string =>
    tracks
      .filter((track) => track.kind === kind)
      .map(({ name, weight }) => `${name}${comma} weight ${weightOf(weight)}`)
      .join(SEPARATOR);
  const links = interfaces.map((track) => `${track.interface} weight ${weightOf(track.weight)}`);
  return {
    'Tracked scripts': of('script', ''),
    'Tracked files': of('file', ','),
    [processes]: of('process', ','),
    'Tracked interfaces': links.join(SEPARATOR),
  };
}

const NOTIFICATIONS = [
  ['backup', 'Backup'],
  ['master', 'Master'],
  ['fault', 'Fault'],
  ['stop', 'Stop'],
  ['deleted', 'Deleted'],
  ['any', 'Generic'],
  ['lowerPriority', 'Master rx lower pri'],
] as const;

function scriptValues(notify: NotifyConfig): Values {
  return Object.fromEntries(
    NOTIFICATIONS.map(([key, name]) => {
      const command = notify[key];
      return [
        `${name} state transition script`,
        command === undefined ? '' : commandOf(command),
      ] as const;
    }),
  );
}

/** keepalived resolves links on the way to a program. */
function commandOf({ argv: [program = '', ...rest] }: ScriptCommand): string {
  return [program.split('/').at(-1), ...rest].map((word) => `'${word}'`).join(' ');
}

function addressOf(virtual: VirtualAddress, device: string): string {
  const { address, length, peer, broadcast, vmac, flags = [] } = virtual;
  const full = length === (address.includes(':') ? 128 : 32);
  const brd = broadcast === undefined ? undefined : broadcastOf(address, length, broadcast);
  return [
    full || peer !== undefined ? address : `${address}/${length}`,
    ...(brd === undefined ? [] : ['brd', brd]),
    'dev',
    vmac?.interface ?? virtual.interface ?? device,
    // The kernel knows the scope of an IPv6 address, and takes no other.
    ...(address.includes(':') ? [] : ['scope', virtual.scope ?? 'global']),
    ...(virtual.label === undefined ? [] : ['label', virtual.label]),
    ...(peer === undefined ? [] : ['peer', `${peer}/${length}`]),
    ...FLAG_ORDER.filter((flag) => flags.includes(flag)),
  ].join(' ');
}

const FLAG_ORDER = ['home', '-nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin'] as const;

function broadcastOf(address: string, length: number, broadcast: string): string {
  if (broadcast !== '+' && broadcast !== '-') return broadcast;
  const bits = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - length);
  const low = bits - (bits % size);
  const all = broadcast === '+' ? low + size - 1 : low;
  return [24, 16, 8, 0].map((shift) => Math.floor(all / 2 ** shift) % 256).join('.');
}

function peersOf({ peers }: NonNullable<VrrpInstanceConfig['unicast']>): string {
  return peers
    .map(
      ({ address, minTtl, maxTtl }) => `${address} min_ttl ${minTtl ?? 0} max_ttl ${maxTtl ?? 255}`,
    )
    .join(SEPARATOR);
}

const weightOf = ({ value, reverse }: TrackWeight): string =>
  `${value}${reverse ? ' reverse' : ''}`;
/** keepalived shows whole seconds. */
const secondsOf = (micros: number): string => `${Math.floor(micros / 1e6)}`;
const yes = (is: boolean): string => (is ? 'yes' : 'no');
const sorted = (names: readonly string[]): string => [...names].sort().join(SEPARATOR);

/** keepalived's values without runtime state and without values that it formats differently. */
function plain(key: string, value: string | undefined, own: string): string {
  const text = value ?? '';
  const count = (): string => `${text === '' ? 0 : text.split(SEPARATOR).length}`;
  if (/^(Virtual|Static) (Routes|Rules)$/.test(key)) return count();
  if (key === 'VRRP member instances') return sorted(text.split(SEPARATOR));
  if (key === 'Using src_ip')
    return text.endsWith(' (from configuration)') ? (text.split(' ')[0] ?? '') : '';
  if (key === 'Interface') return text.replace(/, (vmac|ipvlan) on .*$/, '');
  if (key === 'Unicast Peer')
    return text
      .split(SEPARATOR)
      .filter((line) => line.includes('min_ttl'))
      .join(SEPARATOR);
  if (/script$|^Command$/.test(key))
    return text.replace(/, uid:gid \d+:\d+$/, '').replace(/^'[^']*\/([^']*)'/, "'$1'");
  if (/Virtual IP|Static Addresses/.test(key))
    return text
      .split(SEPARATOR)
      .map((line) => line.replace(/@\S+| use_vmac| (preferred_lft|deprecated).*$| set$/g, ''))
      .map((line) => line.replace(/ (no_track|track_group \S+)/, ''))
      .map((line) => (/^\S*:/.test(line) ? line.replace(' scope global', '') : line))
      .join(SEPARATOR);
  if (key === 'Preempt delay' && text !== '') return `${Number(text.replace(' secs', ''))}`;
  // Not set: the interval applies; the hop limit of the kernel, which is sent as 255.
  if ((key === 'Timeout' && text === '0 sec') || (key === 'Unicast TTL' && text === '')) return own;
  return text;
}

/** Compares key by key. An unused tracked object is in no dump. */
export function compared(keepalived: Sections, ours: Sections): Comparison {
  const differing: string[] = [];
  let values = 0;
  const named = Object.keys(keepalived).filter((key) =>
    /^(instance|script|group|file|process) /.test(key),
  );
  for (const section of new Set([...named, ...Object.keys(ours)])) {
    const own = ours[section];
    const other = section === 'statics' ? (keepalived[section] ?? {}) : keepalived[section];
    if (other === undefined && !/^(instance|group) /.test(section)) continue;
    if (own === undefined || other === undefined) {
      values++;
      differing.push(`${section}: only ${own === undefined ? 'keepalived' : 'halabd'} has it`);
      continue;
    }
    for (const [key, value] of Object.entries(own)) {
      values++;
      const isEverywhere = keepalived['Global definitions']?.['VRRP check unicast_src'] === 'true';
      const expected =
        key === 'Check unicast src' && isEverywhere && value !== '' ? 'yes' : other[key];
      const its = plain(key, expected, value);
      if (its !== value)
        differing.push(`${section}, ${key}: keepalived "${its}", halabd "${value}"`);
    }
  }
  return { values, differing };
}
