/** `virtual_server`: by address and port, by firewall mark, or by group. */
import { type Family, family, type IpAddress } from '../../net/address.ts';
import { type Micros, seconds } from '../../time.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import {
  maskOf,
  methodOf,
  type Place,
  placeOf,
  readTiming,
  TIMING_KEYWORDS,
  type TimingWords,
} from './conf-lvs-values.ts';
import {
  readRealServer,
  readServerPlace,
  type ServerAround,
  type ServerDraft,
} from './conf-real-server.ts';
import type { Statement } from './conf-tree.ts';
import { UNSUPPORTED_SERVER } from './conf-unsupported.ts';
import { bool, command, integer, integerAt } from './conf-values.ts';
import type { ScriptCommand } from './config.ts';
import {
  type ForwardingMethod,
  type Protocol,
  type RealServerConfig,
  SCHEDULERS,
  type Scheduler,
  type SchedulerFlag,
  type ServiceKey,
  type VirtualServerConfig,
  type VirtualServerGroup,
} from './config-check.ts';

interface Words {
  readonly timing: TimingWords;
  readonly servers: ServerDraft[];
  readonly flags: Set<SchedulerFlag>;
  protocol: Protocol | undefined;
  scheduler: Scheduler;
  method: ForwardingMethod;
  onePacket: boolean;
  persistence: Micros | undefined;
  granularity: { at: Token; length: number } | undefined;
  omega: boolean;
  haSuspend: boolean;
  quorum: number;
  hysteresis: number;
  quorumUp: ScriptCommand | undefined;
  quorumDown: ScriptCommand | undefined;
  sorry: Place | undefined;
  sorryMethod: ForwardingMethod | undefined;
  sorryInhibit: boolean;
  inhibit: boolean;
  mail: boolean | undefined;
  virtualhost: string | undefined;
  family: Family | undefined;
}

type Reader = (words: Words, statement: Statement, findings: Findings) => void;

const flag =
  (name: SchedulerFlag): Reader =>
  (words) => {
    words.flags.add(name);
  };
const scheduler: Reader = (words, { keyword, values }, findings) => {
  const found = SCHEDULERS.find((one) => one === values[0]?.text);
  if (found !== undefined) words.scheduler = found;
  else findings.error(values[0] ?? keyword, `${keyword.text} is one of ${SCHEDULERS.join(', ')}`);
};
const method: Reader = (words, statement, findings) => {
  words.method = methodOf(statement, findings) ?? words.method;
};

const KEYWORDS: Readonly<Record<string, Reader>> = {
  lvs_sched: scheduler,
  lb_algo: scheduler,
  lvs_method: method,
  lb_kind: method,
  'flag-1': flag('flag-1'),
  'flag-2': flag('flag-2'),
  'flag-3': flag('flag-3'),
  'sh-fallback': flag('flag-1'),
  'sh-port': flag('flag-2'),
  'mh-fallback': flag('flag-1'),
  'mh-port': flag('flag-2'),
  ops: (words) => {
    words.onePacket = true;
  },
  protocol: (words, { keyword, values }, findings) => {
    const text = values[0]?.text.toUpperCase();
    words.protocol = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === text);
    if (words.protocol === undefined)
      findings.error(values[0] ?? keyword, 'protocol is TCP, UDP or SCTP');
  },
  persistence_timeout: (words, statement, findings) => {
    const bare = statement.values.length === 0;
    const value = bare ? 360 : integer(statement, 1, 2_147_483_647, findings);
    words.persistence = value === undefined ? undefined : seconds(value);
  },
  persistence_granularity: (words, { keyword, values }, findings) => {
    words.granularity = { at: values[0] ?? keyword, length: maskOf(values[0], keyword, findings) };
  },
  persistence_engine: (_words, { keyword, values }, findings) => {
    if (values[0]?.text !== 'sip')
      findings.error(values[0] ?? keyword, 'persistence_engine is sip');
    else
      findings.warning(
        keyword,
        '"persistence_engine" is not supported and ignored: clients persist by address',
      );
  },
  omega: (words, statement, findings) => {
    words.omega = bool(statement, findings);
  },
  ha_suspend: (words, statement, findings) => {
    words.haSuspend = bool(statement, findings);
  },
  quorum: (words, statement, findings) => {
    words.quorum = integer(statement, 1, 2_147_483_647, findings) ?? 1;
  },
  hysteresis: (words, statement, findings) => {
    words.hysteresis = integer(statement, 0, 2_147_483_647, findings) ?? 0;
  },
  quorum_up: (words, statement, findings) => {
    words.quorumUp = command(statement, findings);
  },
  quorum_down: (words, statement, findings) => {
    words.quorumDown = command(statement, findings);
  },
  sorry_server: (words, { keyword, values }, findings) => {
    words.sorry = placeOf(values, keyword, findings);
  },
  sorry_server_lvs_method: (words, statement, findings) => {
    words.sorryMethod = methodOf(statement, findings);
  },
  sorry_server_inhibit: (words, statement, findings) => {
    words.sorryInhibit = bool(statement, findings);
  },
  inhibit_on_failure: (words, statement, findings) => {
    words.inhibit = bool(statement, findings);
  },
  smtp_alert: (words, statement, findings) => {
    words.mail = bool(statement, findings);
  },
  virtualhost: (words, { values }) => {
    words.virtualhost = values[0]?.text;
  },
  ip_family: (words, { keyword, values }, findings) => {
    const text = values[0]?.text;
    if (text !== 'inet' && text !== 'inet6')
      findings.error(values[0] ?? keyword, 'ip_family is inet or inet6');
    words.family = text === 'inet6' ? 6 : 4;
  },
  real_server: (words, statement, findings) => {
    const draft = readServerPlace(statement, findings);
    if (draft !== undefined) words.servers.push(draft);
  },
};

/** What every virtual server needs to know of the rest of the configuration. */
export interface VirtualAround {
  readonly groups: readonly VirtualServerGroup[];
  readonly logAll: boolean;
  readonly fileWeight: (name: string) => number | undefined;
}

/** undefined: nobody could say what it is reached by, which has been told. */
export function readVirtualServer(
  { keyword: at, values, block }: Statement,
  around: VirtualAround,
  findings: Findings,
): VirtualServerConfig | undefined {
  const service = serviceOf(values, at, around, findings);
  if (block === undefined) findings.error(at, 'virtual_server needs a block');
  const words = newWords();
  for (const inner of block ?? []) {
    const { keyword } = inner;
    const reader = Object.hasOwn(KEYWORDS, keyword.text) ? KEYWORDS[keyword.text] : undefined;
    if (reader !== undefined) reader(words, inner, findings);
    else if (readTiming(words.timing, inner, findings)) continue;
    else if (!unsupported(keyword, UNSUPPORTED_SERVER, findings))
      unknownKeyword(keyword, [...Object.keys(KEYWORDS), ...TIMING_KEYWORDS], findings);
  }
  return service === undefined ? undefined : resolve(service, words, at, around, findings);
}

function newWords(): Words {
  return {
    timing: {},
    servers: [],
    flags: new Set(),
    protocol: undefined,
    scheduler: 'wlc',
    method: { kind: 'NAT' },
    onePacket: false,
    persistence: undefined,
    granularity: undefined,
    omega: false,
    haSuspend: false,
    quorum: 1,
    hysteresis: 0,
    quorumUp: undefined,
    quorumDown: undefined,
    sorry: undefined,
    sorryMethod: undefined,
    sorryInhibit: false,
    inhibit: false,
    mail: undefined,
    virtualhost: undefined,
    family: undefined,
  };
}

function serviceOf(
  values: readonly Token[],
  at: Token,
  { groups }: VirtualAround,
  findings: Findings,
): ServiceKey | undefined {
  const [first, second] = values;
  if (first?.text === 'fwmark') {
    const mark = integerAt(second, at, 1, 4_294_967_295, findings);
    return mark === undefined ? undefined : { kind: 'fwmark', mark };
  }
  if (first?.text === 'group') {
    const group = second?.text ?? '';
    if (groups.some(({ name }) => name === group)) return { kind: 'group', group };
    findings.error(second ?? at, `there is no virtual_server_group "${group}"`);
    return undefined;
  }
  const place = placeOf(values, at, findings);
  return place === undefined ? undefined : { kind: 'address', ...place };
}

function resolve(
  service: ServiceKey,
  words: Words,
  at: Token,
  around: VirtualAround,
  findings: Findings,
): VirtualServerConfig {
  const own = familyOf(service, words, around);
  const protocol = words.protocol ?? 'TCP';
  const realServers = serversOf(words, service, around, findings);
  checkServers(words, service, own, at, findings);
  const { granularity, persistence, sorry } = words;
  if (granularity !== undefined && granularity.length > (own === 4 ? 32 : 128))
    findings.error(granularity.at, 'persistence_granularity is longer than an address');
  if (service.kind === 'address' && service.port === 0 && persistence === undefined)
    findings.error(
      at,
      'a virtual server without a port must be persistent',
      'Add persistence_timeout.',
    );
  if (words.onePacket && protocol !== 'UDP')
    findings.error(at, 'ops (one packet scheduling) is for protocol UDP');
  if (words.hysteresis >= words.quorum)
    findings.error(at, `hysteresis ${words.hysteresis} must be less than quorum ${words.quorum}`);
  return {
    name: nameOf(service, protocol),
    service,
    family: own,
    protocol,
    scheduler: words.scheduler,
    schedulerFlags: [...words.flags].sort(),
    method: words.method,
    onePacket: words.onePacket,
    persistence:
      persistence === undefined
        ? undefined
        : { timeout: persistence, granularity: granularity?.length ?? (own === 4 ? 32 : 128) },
    alpha: words.timing.alpha ?? false,
    omega: words.omega,
    haSuspend: words.haSuspend,
    quorum: words.quorum,
    hysteresis: words.hysteresis,
    quorumUp: words.quorumUp,
    quorumDown: words.quorumDown,
    sorryServer:
      sorry === undefined
        ? undefined
        : { ...sorry, method: words.sorryMethod ?? words.method, inhibit: words.sorryInhibit },
    mail: words.mail,
    realServers,
  };
}

/** `[10.0.0.1]:tcp:80`, `FWM 7`, or the group's name with its protocol. */
export function nameOf(service: ServiceKey, protocol: Protocol): string {
  if (service.kind === 'fwmark') return `FWM ${service.mark}`;
  const kind = protocol.toLowerCase();
  return service.kind === 'group'
    ? `${service.group}:${kind}`
    : `[${service.address}]:${kind}:${service.port}`;
}

function familyOf(service: ServiceKey, words: Words, { groups }: VirtualAround): Family {
  if (service.kind === 'address') return family(service.address);
  if (words.family !== undefined) return words.family;
  const group =
    service.kind === 'group' ? groups.find(({ name }) => name === service.group) : undefined;
  const entry = group?.entries.find((one) => one.kind === 'addresses');
  const address: IpAddress | undefined = entry?.first ?? words.servers[0]?.place.address;
  return address === undefined ? 4 : family(address);
}

function serversOf(
  words: Words,
  service: ServiceKey,
  around: VirtualAround,
  findings: Findings,
): RealServerConfig[] {
  const { timing, virtualhost, inhibit, method: forwarding } = words;
  const { logAll, fileWeight } = around;
  const server: ServerAround = {
    timing,
    virtualhost,
    inhibit,
    method: forwarding,
    logAll,
    fileWeight,
  };
  const own = service.kind === 'address' ? service.port : 0;
  return words.servers.map(({ at, place, statement }) => {
    const whole = { ...place, port: place.port === 0 ? own : place.port };
    return readRealServer({ at, place: whole, statement }, server, findings);
  });
}

function checkServers(
  words: Words,
  service: ServiceKey,
  own: Family,
  at: Token,
  findings: Findings,
): void {
  const seen = new Set<string>();
  if (words.servers.length === 0 && words.sorry === undefined)
    findings.warning(at, 'this virtual server has no real_server');
  for (const { at: where, place, statement } of words.servers) {
    const key = `${place.address} ${place.port}`;
    if (seen.has(key))
      findings.error(where, `real_server ${key} is listed twice in this virtual server`);
    seen.add(key);
    const tunnelled =
      words.method.kind === 'TUN' ||
      statement.block?.some(({ values }) => values[0]?.text === 'TUN');
    if (family(place.address) !== own && tunnelled !== true)
      findings.error(where, `${place.address} is not of the virtual server's address family`);
    const { kind } = words.method;
    const kept = kind !== 'NAT' && service.kind === 'address';
    if (kept && place.port !== 0 && service.port !== 0 && place.port !== service.port)
      findings.warning(where, `${kind} does not change ports: packets keep ${service.port}`);
  }
}
