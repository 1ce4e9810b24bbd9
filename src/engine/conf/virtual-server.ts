/** `virtual_server` as it is written: in the order of its lines, because some look at those above. */
import { type Family, family } from '../../net/address.ts';
import { type Micros, seconds } from '../../time.ts';
import type { ScriptCommand } from '../core/config.ts';
import {
  type PersistenceConfig,
  type Protocol,
  SCHEDULERS,
  type Scheduler,
  type SchedulerFlag,
  type ServiceKey,
} from '../core/config-check.ts';
import type { TrackFileConfig } from '../core/config-track.ts';
import { type Findings, unsupported } from './findings.ts';
import type { Token } from './lexer.ts';
import {
  lengthOf,
  type MethodDraft,
  MOST_UNSIGNED,
  MOST_WEIGHT,
  maskOf,
  NO_METHOD,
  placeOf,
  readMethod,
  readNotify,
  readTiming,
  type TimingWords,
} from './lvs-values.ts';
import { readRealServer, type ServerDraft, type SorryDraft } from './real-server.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_SERVER } from './unsupported.ts';
import { bool, integer, integerAt, readFlag, readWord, required } from './values.ts';

export interface VirtualDraft {
  readonly at: Token;
  readonly service: ServiceKey;
  /** The last line of each keyword: what is wrong with it may be known only at the end. */
  readonly lines: Map<string, Token>;
  readonly timing: TimingWords;
  readonly servers: ServerDraft[];
  readonly flags: Set<SchedulerFlag>;
  family: Family | undefined;
  protocol: Protocol | undefined;
  scheduler: Scheduler | undefined;
  method: MethodDraft;
  onePacket: boolean;
  persistence: Micros | undefined;
  granularity: PersistenceConfig['granularity'] | undefined;
  omega: boolean;
  haSuspend: boolean;
  quorum: number;
  hysteresis: number;
  quorumUp: ScriptCommand | undefined;
  quorumDown: ScriptCommand | undefined;
  sorry: SorryDraft | undefined;
  weight: number;
  inhibit: boolean;
  mail: boolean | undefined;
  virtualhost: string | undefined;
}

type Reader = (
  draft: VirtualDraft,
  statement: Statement,
  findings: Findings,
  files: readonly TrackFileConfig[],
) => void;

const LONGEST_PERSISTENCE = 2_678_400;
export const DEFAULT_PERSISTENCE: Micros = seconds(360);

/** Without a scheduler's name the flag is that of any; `sh-` and `mh-` count only below their lvs_sched. */
const flag =
  (name: SchedulerFlag, of?: Scheduler): Reader =>
  (draft, { keyword }, findings) => {
    if (of === undefined || draft.scheduler === of) draft.flags.add(name);
    else findings.warning(keyword, `${keyword.text} counts only below lvs_sched ${of}: ignored`);
  };
const scheduler: Reader = (draft, statement, findings) => {
  const value = required(statement, findings);
  const found = SCHEDULERS.find((one) => one === value?.text);
  draft.scheduler = found ?? draft.scheduler;
  if (value !== undefined && found === undefined)
    findings.warning(
      value,
      `${statement.keyword.text} is one of ${SCHEDULERS.join(', ')}: ignored`,
    );
};
const method: Reader = (draft, statement, findings) => {
  draft.method = readMethod(draft.method, statement, findings);
};

const KEYWORDS: Readonly<Record<string, Reader>> = {
  lvs_sched: scheduler,
  lb_algo: scheduler,
  lvs_method: method,
  lb_kind: method,
  'flag-1': flag('flag-1'),
  'flag-2': flag('flag-2'),
  'flag-3': flag('flag-3'),
  'sh-fallback': flag('flag-1', 'sh'),
  'sh-port': flag('flag-2', 'sh'),
  'mh-fallback': flag('flag-1', 'mh'),
  'mh-port': flag('flag-2', 'mh'),
  ops: (draft) => {
    draft.onePacket = true;
  },
  protocol: (draft, statement, findings) => {
    const value = required(statement, findings);
    const text = value?.text.toUpperCase();
    const found = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === text);
    draft.protocol = found ?? draft.protocol;
    if (value !== undefined && found === undefined)
      findings.warning(value, 'protocol is TCP, UDP or SCTP: ignored');
  },
  persistence_timeout: (draft, statement, findings) => {
    const bare = statement.values.length === 0;
    const strict = { strict: true };
    const value = bare ? 360 : integer(statement, 1, LONGEST_PERSISTENCE, findings, strict);
    draft.persistence = value === undefined ? draft.persistence : seconds(value);
  },
  persistence_granularity: readGranularity,
  persistence_engine: (_draft, statement, findings) => {
    if (required(statement, findings) !== undefined)
      findings.note(
        statement.keyword,
        '"persistence_engine" is not supported and ignored: clients persist by address',
      );
  },
  omega: (draft, statement, findings) => {
    draft.omega = readFlag(statement, findings);
  },
  ha_suspend: (draft, statement, findings) => {
    draft.haSuspend = readFlag(statement, findings);
  },
  quorum: (draft, statement, findings) => {
    draft.quorum = integer(statement, 1, MOST_UNSIGNED, findings) ?? 1;
  },
  hysteresis: (draft, statement, findings) => {
    draft.hysteresis = integer(statement, 0, MOST_UNSIGNED, findings) ?? draft.hysteresis;
  },
  quorum_up: (draft, statement, findings) => {
    draft.quorumUp = readNotify(draft.quorumUp, statement, findings);
  },
  quorum_down: (draft, statement, findings) => {
    draft.quorumDown = readNotify(draft.quorumDown, statement, findings);
  },
  sorry_server: (draft, statement, findings) => {
    const place = placeOf(statement, findings);
    if (place !== undefined) draft.sorry = { place, method: draft.method, inhibit: false };
  },
  sorry_server_lvs_method: (draft, statement, findings) => {
    if (draft.sorry === undefined) noSorry(statement, findings);
    else draft.sorry.method = readMethod(draft.sorry.method, statement, findings);
  },
  sorry_server_inhibit: (draft, statement, findings) => {
    if (draft.sorry === undefined) noSorry(statement, findings);
    else draft.sorry.inhibit = true;
  },
  weight: (draft, statement, findings) => {
    draft.weight = integer(statement, 1, MOST_WEIGHT, findings) ?? draft.weight;
  },
  inhibit_on_failure: (draft, statement, findings) => {
    draft.inhibit = readFlag(statement, findings);
  },
  smtp_alert: (draft, statement, findings) => {
    draft.mail = bool(statement, findings) ?? draft.mail;
  },
  virtualhost: (draft, statement, findings) => {
    draft.virtualhost = readWord(statement, findings) ?? draft.virtualhost;
  },
  ip_family: (draft, statement, findings) => {
    const value = required(statement, findings);
    if (value === undefined) return;
    const found = value.text === 'inet' ? 4 : value.text === 'inet6' ? 6 : undefined;
    if (found === undefined) findings.warning(value, 'ip_family is inet or inet6: ignored');
    else if (draft.family !== undefined && draft.family !== found)
      findings.warning(value, 'the addresses above are of the other family: ignored');
    else draft.family = found;
  },
  real_server: (draft, statement, findings, files) => {
    const server = readRealServer(statement, draft.method, files, findings);
    if (server !== undefined && fits(draft, server, findings)) draft.servers.push(server);
  },
};

function noSorry({ keyword }: Statement, findings: Findings): void {
  findings.warning(keyword, `${keyword.text} counts only below sorry_server: ignored`);
}

/** The first address says of which family the virtual server is; tunnels lead to either. */
function fits(
  draft: VirtualDraft,
  { place, at, method }: ServerDraft,
  findings: Findings,
): boolean {
  if (method.kind === 'TUN') return true;
  const own = family(place.address);
  draft.family ??= own;
  if (draft.family === own) return true;
  findings.warning(at, `${place.address} is not of the virtual server's family: it is ignored`);
  return false;
}

/** A netmask in IPv4, the length of a prefix in IPv6; makes clients persist. */
function readGranularity(draft: VirtualDraft, statement: Statement, findings: Findings): void {
  const value = required(statement, findings);
  if (value === undefined) return;
  const which = draft.family ?? (value.text.includes('.') ? 4 : 6);
  if (which === 6) {
    const strict = { strict: true };
    const length = integerAt(value, statement.keyword, 1, 128, findings, strict);
    if (length === undefined) return;
    draft.granularity = length;
  } else {
    const mask = maskOf(value.text);
    if (mask === undefined)
      findings.warning(
        value,
        'persistence_granularity is a netmask such as 255.255.255.0: ignored',
      );
    else if (lengthOf(mask) === undefined)
      findings.warning(value, `the netmask ${mask} has gaps`, 'It is written as 255.255.255.0.');
    if (mask === undefined) return;
    draft.granularity = lengthOf(mask) ?? mask;
  }
  draft.family = which;
  draft.persistence ??= DEFAULT_PERSISTENCE;
}

/** Undefined: nobody can say what it is reached by, and it is ignored with its block. */
export function readVirtualServer(
  statement: Statement,
  files: readonly TrackFileConfig[],
  findings: Findings,
): VirtualDraft | undefined {
  const service = serviceOf(statement, findings);
  if (service === undefined) return undefined;
  const draft = newDraft(service, statement.keyword);
  for (const inner of statement.block ?? []) {
    const { keyword } = inner;
    const reader = Object.hasOwn(KEYWORDS, keyword.text) ? KEYWORDS[keyword.text] : undefined;
    draft.lines.set(keyword.text, keyword);
    if (reader !== undefined) reader(draft, inner, findings, files);
    else if (!readTiming(draft.timing, inner, 'virtual server', findings))
      unsupported(keyword, UNSUPPORTED_SERVER, findings);
  }
  checkSorry(draft, findings);
  return draft;
}

function newDraft(service: ServiceKey, at: Token): VirtualDraft {
  return {
    at,
    service,
    lines: new Map(),
    timing: {},
    servers: [],
    flags: new Set(),
    family: service.kind === 'address' ? family(service.address) : undefined,
    protocol: undefined,
    scheduler: undefined,
    method: NO_METHOD,
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
    weight: 1,
    inhibit: false,
    mail: undefined,
    virtualhost: undefined,
  };
}

function serviceOf(statement: Statement, findings: Findings): ServiceKey | undefined {
  const { keyword, values } = statement;
  const [first, second] = values;
  if (first?.text !== 'fwmark' && first?.text !== 'group') {
    const place = placeOf(statement, findings);
    return place && { kind: 'address', ...place };
  }
  if (second === undefined) {
    findings.refuse(first, `${first.text} needs a ${first.text === 'group' ? 'name' : 'number'}`);
    return undefined;
  }
  if (first.text === 'group') return { kind: 'group', group: second.text };
  const mark = integerAt(second, keyword, 0, MOST_UNSIGNED, findings);
  if (mark === 0)
    findings.warning(second, 'packets without a mark belong to nobody: it is ignored');
  return mark === undefined || mark === 0 ? undefined : { kind: 'fwmark', mark };
}

function checkSorry(draft: VirtualDraft, findings: Findings): void {
  const { sorry } = draft;
  if (sorry === undefined || sorry.method.kind === 'TUN') return;
  const own = family(sorry.place.address);
  draft.family ??= own;
  if (draft.family === own) return;
  const at = draft.lines.get('sorry_server') ?? draft.at;
  findings.warning(at, "the sorry server is not of the virtual server's family: it is ignored");
  draft.sorry = undefined;
}
