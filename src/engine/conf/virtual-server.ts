/** `virtual_server` as it is written: in the order of its lines, because some look at those above. */

import { type Family, family, type IpAddress } from '../../net/address.ts';
import { type Micros, seconds } from '../../time.ts';
import {
  type PersistenceConfig,
  SCHEDULERS,
  type Scheduler,
  type SchedulerFlag,
  type ServiceKey,
  type VirtualServerConfig,
} from '../core/config-check.ts';
import type { TrackFileConfig } from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { integerAt, required } from '../text/values.ts';
import { isMiscTimeout } from './checker.ts';
import type { CheckerContext } from './checker-draft.ts';
import { FLAG, FLAG_REPORTED, inSeconds, ON_OFF, oneOf, WORD, whole } from './codec.ts';
import {
  block,
  type Codec,
  field,
  fieldOf,
  input,
  inputs,
  lost,
  type Mutable,
  optional,
  printRows,
  type Row,
  type Rows,
  readRow,
  through,
  withAlias,
} from './keyword.ts';
import {
  lengthOf,
  MOST_UNSIGNED,
  MOST_WEIGHT,
  maskOf,
  method,
  NO_METHOD,
  netmask,
  placeOf,
  printMethod,
  printPlace,
  readMethod,
  TIMEOUT,
  type TimingDraft,
  timing,
} from './lvs-values.ts';
import { NOTIFY, REAL_SERVER, type ServerDraft, type SorryDraft } from './real-server.ts';

export type VirtualDraft = ReturnType<typeof newDraft>;

type Context = Pick<CheckerContext, 'files'>;
type Table = Rows<VirtualDraft, VirtualServerConfig, Context>;
type ServerRow = Row<VirtualDraft, VirtualServerConfig, Context>;

const LONGEST_PERSISTENCE = 2_678_400;
export const DEFAULT_PERSISTENCE: Micros = seconds(360);
const PERSISTENCE: Codec<Micros> = {
  shape: 'words',
  type: `seconds 1..${LONGEST_PERSISTENCE}; without a value 360`,
  read: (statement) => {
    if (statement.values.length === 0) return DEFAULT_PERSISTENCE;
    const value = whole(1, LONGEST_PERSISTENCE, 'strict').read(statement);
    return value === undefined ? undefined : seconds(value);
  },
  print: inSeconds,
};
const off = { default: false } as const;

/** A flag of the scheduler; `sh-` and `mh-` count only below their lvs_sched. */
function flag(name: SchedulerFlag, doc: string, of?: Scheduler, since?: string): ServerRow {
  return {
    shape: 'words',
    doc,
    default: 'off',
    since,
    read: (draft, { keyword }) => {
      if (of === undefined || draft.scheduler === of) draft.flags.add(name);
      else keyword.warning(`${keyword.text} counts only below lvs_sched ${of}: ignored`);
    },
    ...(of !== undefined
      ? {}
      : {
          print: ({ schedulerFlags }, keyword) => (schedulerFlags.includes(name) ? [keyword] : []),
        }),
  };
}

const SCHEDULER: ServerRow = field(
  'scheduler',
  oneOf(SCHEDULERS, (keyword) => `${keyword} is one of ${SCHEDULERS.join(', ')}: ignored`),
  'The scheduling of connections over the real servers.',
  { default: 'wlc', always: true },
);
const METHOD: ServerRow = method('How packets reach the real servers.');

const FORWARDING: Table = {
  ...withAlias('lvs_sched', 'lb_algo', SCHEDULER),
  'flag-1': flag('flag-1', 'The first flag of the scheduler.'),
  'flag-2': flag('flag-2', 'The second flag of the scheduler.'),
  'flag-3': flag('flag-3', 'The third flag of the scheduler.'),
  'sh-fallback': flag('flag-1', 'sh: another server instead of one that is down.', 'sh'),
  'sh-port': flag('flag-2', 'sh: the port of the client counts, too.', 'sh'),
  'mh-fallback': flag('flag-1', 'mh: another server instead of one that is down.', 'mh', '2.0.20'),
  'mh-port': flag('flag-2', 'mh: the port of the client counts, too.', 'mh', '2.0.20'),
  ...withAlias('lvs_method', 'lb_kind', METHOD),
  protocol: field(
    'protocol',
    oneOf(['TCP', 'UDP', 'SCTP'], 'protocol is TCP, UDP or SCTP: ignored', {
      reading: (word) => word.toUpperCase(),
    }),
    'The protocol of its packets.',
    { unset: 'UDP; every one for a mark' },
  ),
  ip_family: {
    shape: 'value',
    type: 'inet, inet6',
    default: 'that of the addresses',
    doc: 'The family of a firewall mark or of a group.',
    read: (draft, { values: [value] }) => {
      if (value === undefined) return;
      const found = value.text === 'inet' ? 4 : value.text === 'inet6' ? 6 : undefined;
      if (found === undefined) value.warning('ip_family is inet or inet6: ignored');
      else if (draft.family !== undefined && draft.family !== found)
        value.warning('the addresses above are of the other family: ignored');
      else draft.family = found;
    },
    print: ({ service, family: which }, keyword) =>
      service.kind === 'address' ? [] : [`${keyword} ${which === 6 ? 'inet6' : 'inet'}`],
  },
  ops: field('onePacket', FLAG, 'Every UDP packet is scheduled on its own.', off),
  persistence_timeout: fieldOf(
    'persistence',
    ({ persistence }) => persistence?.timeout,
    PERSISTENCE,
    'For how long a client stays with its real server.',
    { unset: 'no persistence; 360 for every port' },
  ),
  persistence_granularity: {
    shape: 'value',
    type: 'a netmask in IPv4, 1..128 in IPv6',
    default: 'every client by itself',
    doc: 'Which clients persist together.',
    read: readGranularity,
    print: ({ persistence, family: which }, keyword) =>
      persistence === undefined ? [] : [`${keyword} ${printMask(persistence.granularity, which)}`],
  },
  ...lost('clients persist by address', 'persistence_engine', { shape: 'value' }),
};

// Values that checkers inherit; `delay_loop` and `alpha` are printed for the virtual server itself, too.
const { delay_loop, alpha, ...TIMES } = timing('virtual server');

// biome-ignore format: a table, one keyword a line
const REPORTS: Table = {
  ...through(({ timing: own }) => own, (server) => (server.alpha ? server : undefined), { alpha }),
  omega: field('omega', FLAG_REPORTED, 'Runs notify_down and quorum_down when the daemon stops.', off),
  ha_suspend: field('haSuspend', FLAG_REPORTED, 'No checks while its address is not on this host.', off),
  quorum: field('quorum', whole(1, MOST_UNSIGNED), 'The weight of servers that must be up.', { default: 1, always: true, otherwise: 1 }),
  hysteresis: field('hysteresis', whole(0, MOST_UNSIGNED), 'By how much the weight must pass the quorum to change the state.', { default: 0, always: true }),
  quorum_up: field('quorumUp', NOTIFY, 'Runs when the quorum is reached.'),
  quorum_down: field('quorumDown', NOTIFY, 'Runs when the quorum is lost.'),
  smtp_alert: field('mail', ON_OFF, 'Mails about the quorum.', { unset: 'smtp_alert_checker' }),
};

const SORRY: Table = {
  sorry_server: {
    shape: 'value',
    type: 'ADDRESS [PORT]',
    doc: 'The server that gets all connections while the quorum is lost.',
    read: (draft, statement) => {
      const place = placeOf(statement);
      if (place !== undefined) draft.sorry = { place, method: draft.method, inhibit: false };
    },
    print: optional(({ sorryServer }) => sorryServer, printPlace),
  },
  sorry_server_lvs_method: {
    shape: 'words',
    type: METHOD.type ?? '',
    default: 'that of the virtual server',
    doc: 'How packets reach the sorry server.',
    read: ({ sorry }, statement) => {
      if (sorry === undefined) noSorry(statement);
      else sorry.method = readMethod(sorry.method, statement);
    },
    print: optional(({ sorryServer }) => sorryServer?.method, printMethod),
  },
  sorry_server_inhibit: {
    shape: 'words',
    default: 'off',
    doc: 'The sorry server is always in the table, with weight 0 while the quorum holds.',
    read: ({ sorry }, statement) => {
      if (sorry === undefined) noSorry(statement);
      else sorry.inhibit = true;
    },
    print: ({ sorryServer: sorry }, keyword) => (sorry?.inhibit === true ? [keyword] : []),
  },
};

// biome-ignore format: a table, one keyword a line
const INHERITED: Table = {
  weight: input('weight', whole(1, MOST_WEIGHT), 'The weight of real servers that say none.', { default: 1 }),
  inhibit_on_failure: input('inhibit', FLAG_REPORTED, 'The value of real servers that say none.', off),
  virtualhost: input('virtualhost', WORD, 'The Host header of HTTP checks.', { unset: 'the address' }),
};

/** The time limit of a script without its own. */
function scriptTime({ realServers }: VirtualServerConfig): TimingDraft | undefined {
  const loop = realServers
    .flatMap(({ checkers }) => checkers)
    .find(
      ({ timing: { timeout }, probe }) => probe.kind === 'MISC_CHECK' && !isMiscTimeout(timeout),
    );
  return loop && { interval: loop.timing.timeout };
}

// biome-ignore format: a table, one keyword a line
export const VIRTUAL_SERVER: Table = {
  ...through(({ timing: own }) => own, scriptTime, { delay_loop }),
  ...FORWARDING,
  ...REPORTS,
  ...SORRY,
  real_server: REAL_SERVER,
  ...INHERITED,
  ...inputs('timing', { ...TIMES, ...TIMEOUT }),
  ...lost('a name for a table of an MIB, which halabd does not need', 'snmp_name', { voice: 'silent' }),
  ...lost('the kernel sets it', 'hashed'),
};

export function printVirtualServer(server: VirtualServerConfig, keyword: string): string[] {
  return block(`${keyword} ${printService(server.service)}`, printRows(VIRTUAL_SERVER, server));
}

function printService(service: ServiceKey): string {
  if (service.kind === 'fwmark') return `fwmark ${service.mark}`;
  if (service.kind === 'group') return `group ${quoteWord(service.group)}`;
  return printPlace(service);
}

/** Netmasks in IPv4, where a length is not one. */
function printMask(granularity: number | IpAddress, which: Family): string {
  if (which === 6 || typeof granularity !== 'number') return `${granularity}`;
  return netmask(granularity);
}

function noSorry({ keyword }: Statement): void {
  keyword.warning(`${keyword.text} counts only below sorry_server: ignored`);
}

/** A netmask in IPv4, a prefix length in IPv6; enables persistence. */
function readGranularity(draft: VirtualDraft, statement: Statement): void {
  const value = required(statement);
  if (value === undefined) return;
  const which = draft.family ?? (value.text.includes('.') ? 4 : 6);
  if (which === 6) {
    const length = integerAt(value, statement.keyword, 1, 128, 'strict');
    if (length === undefined) return;
    draft.granularity = length;
  } else {
    const mask = maskOf(value.text);
    if (mask === undefined)
      value.warning('persistence_granularity is a netmask such as 255.255.255.0: ignored');
    else if (lengthOf(mask) === undefined)
      value.warning(`the netmask ${mask} has gaps`, 'It is written as 255.255.255.0.');
    if (mask === undefined) return;
    draft.granularity = lengthOf(mask) ?? mask;
  }
  draft.family = which;
  draft.persistence ??= DEFAULT_PERSISTENCE;
}

/** Undefined: its address, mark or group cannot be read, and it is ignored with its block. */
export function readVirtualServer(
  statement: Statement,
  files: readonly TrackFileConfig[],
): VirtualDraft | undefined {
  const service = serviceOf(statement);
  if (service === undefined) return undefined;
  const draft = newDraft(service, statement.keyword);
  for (const inner of statement.block ?? []) {
    draft.lines.set(inner.keyword.text, inner.keyword);
    readRow(VIRTUAL_SERVER, draft, inner, { files });
  }
  checkSorry(draft);
  return draft;
}

type Given = Partial<
  Mutable<Pick<VirtualServerConfig, 'protocol' | 'scheduler' | 'quorumUp' | 'quorumDown' | 'mail'>>
> & {
  persistence?: Micros | undefined;
  granularity?: PersistenceConfig['granularity'];
  sorry?: SorryDraft | undefined;
  virtualhost?: string;
};

function newDraft(service: ServiceKey, at: Token) {
  return {
    at,
    service,
    /** The last line of each keyword: some errors are known only at the end. */
    lines: new Map<string, Token>(),
    timing: {} as TimingDraft,
    servers: [] as ServerDraft[],
    flags: new Set<SchedulerFlag>(),
    family: service.kind === 'address' ? family(service.address) : undefined,
    ...({} as Given),
    method: NO_METHOD,
    onePacket: false,
    omega: false,
    haSuspend: false,
    quorum: 1,
    hysteresis: 0,
    weight: 1,
    inhibit: false,
  };
}

function serviceOf(statement: Statement): ServiceKey | undefined {
  const { keyword, values } = statement;
  const [first, second] = values;
  if (first?.text !== 'fwmark' && first?.text !== 'group') {
    const place = placeOf(statement);
    return place && { kind: 'address', ...place };
  }
  if (second === undefined)
    return first.refuse(`${first.text} needs a ${first.text === 'group' ? 'name' : 'number'}`);
  if (first.text === 'group') return { kind: 'group', group: second.text };
  const mark = integerAt(second, keyword, 0, MOST_UNSIGNED);
  if (mark === 0) second.warning('packets without a mark belong to nobody: it is ignored');
  return mark === undefined || mark === 0 ? undefined : { kind: 'fwmark', mark };
}

function checkSorry(draft: VirtualDraft): void {
  const { sorry } = draft;
  if (sorry === undefined || sorry.method.kind === 'TUN') return;
  const own = family(sorry.place.address);
  draft.family ??= own;
  if (draft.family === own) return;
  const at = draft.lines.get('sorry_server') ?? draft.at;
  at.warning("the sorry server is not of the virtual server's family: it is ignored");
  draft.sorry = undefined;
}
