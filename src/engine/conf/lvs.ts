/** The LVS blocks of a file together: groups, virtual servers, SSL, and what is global of them. */

import { seconds } from '../../time.ts';
import type { CheckConfig, TlsFiles, VirtualServerConfig } from '../core/config-check.ts';
import type { TrackFileConfig } from '../core/config-track.ts';
import { BARE_ON, FLAG, inSeconds, ON_OFF } from './codec.ts';
import type { Findings } from './findings.ts';
import { aliases, field, input, type Mutable, type Row, type Rows } from './keyword.ts';
import { readGroups } from './lvs-group.ts';
import type { Statement } from './tree.ts';
import { integerAt } from './values.ts';
import { resolveVirtualServer, type VirtualContext } from './virtual-resolve.ts';
import { readVirtualServer } from './virtual-server.ts';

/** What global_defs says of it. */
export type LvsGlobal = Pick<
  CheckConfig,
  'timeouts' | 'flush' | 'flushOnStop' | 'notifyFifo' | 'initNotifies'
> & {
  readonly logAllFailures: boolean;
};

export function readLvs(
  statements: readonly Statement[],
  { logAllFailures, ...global }: LvsGlobal,
  files: readonly TrackFileConfig[],
  findings: Findings,
): CheckConfig {
  const of = (name: string): Statement[] =>
    statements.filter(({ keyword }) => keyword.text === name);
  const groups = readGroups(of('virtual_server_group'), findings);
  const context = { groups, logAll: logAllFailures };
  return {
    ...global,
    groups,
    virtualServers: readVirtualServers(statements, files, context, findings),
    tls: readTls(of('SSL'), findings),
  };
}

function readVirtualServers(
  statements: readonly Statement[],
  files: readonly TrackFileConfig[],
  context: VirtualContext,
  findings: Findings,
): VirtualServerConfig[] {
  const above = new Set<string>();
  const servers: VirtualServerConfig[] = [];
  for (const statement of statements) {
    const { keyword, values } = statement;
    if (/^(vrrp_)?track_file$/.test(keyword.text)) above.add(values[0]?.text ?? '');
    if (keyword.text !== 'virtual_server') continue;
    const known = files.filter(({ name }) => above.has(name));
    const draft = readVirtualServer(statement, known, findings);
    const server = draft && resolveVirtualServer(draft, context, findings);
    if (server !== undefined) add(servers, server, statement, findings);
  }
  return servers;
}

/**
 * The same service twice is one in the kernel: it keeps what the first says, and the servers of both.
 * A mark is one service for each family.
 */
function add(
  servers: VirtualServerConfig[],
  server: VirtualServerConfig,
  { keyword }: Statement,
  findings: Findings,
): void {
  const at = servers.findIndex(({ name }) => name === server.name);
  const first = servers[at];
  if (first === undefined) {
    servers.push(server);
    return;
  }
  if (first.service.kind === 'fwmark' && first.family !== server.family) {
    const name = `${server.name} inet${server.family === 6 ? '6' : ''}`;
    add(servers, { ...server, name }, { keyword, values: [], block: undefined }, findings);
    return;
  }
  findings.warning(
    keyword,
    `${server.name} is defined above already: its real servers are added to those, the rest is ignored`,
  );
  const more = server.realServers.filter(
    (one) =>
      !first.realServers.some(({ address, port }) => address === one.address && port === one.port),
  );
  servers[at] = {
    ...first,
    realServers: [...first.realServers, ...more],
    sorryServer: first.sorryServer ?? server.sorryServer,
  };
}

const TLS_KEYWORDS = ['ca', 'certificate', 'key', 'password'] as const;

/** The last block counts, as a whole. */
function readTls(blocks: readonly Statement[], findings: Findings): TlsFiles | undefined {
  for (const { keyword } of blocks.slice(0, -1))
    findings.warning(keyword, 'there is another SSL block below: this one is ignored');
  const last = blocks.at(-1);
  if (last === undefined) return undefined;
  const files: { -readonly [K in keyof TlsFiles]: TlsFiles[K] } = {
    ca: undefined,
    certificate: undefined,
    key: undefined,
    password: undefined,
  };
  for (const { keyword, values } of last.block ?? []) {
    const known = TLS_KEYWORDS.find((one) => one === keyword.text);
    if (known === undefined) continue;
    if (values[0] === undefined) findings.error(keyword, `${known} takes a word: ignored`);
    else files[known] = values[0].text;
  }
  return files;
}

const off = { default: false } as const;
const LONGEST_TIMEOUT = 2_678_400;

/** `lvs_timeouts [tcp N] [tcpfin N] [udp N]` in seconds; 0 leaves the kernel's. */
function readTimeouts(
  before: CheckConfig['timeouts'],
  { keyword, values }: Statement,
  findings: Findings,
): CheckConfig['timeouts'] {
  const timeouts: { -readonly [K in keyof CheckConfig['timeouts']]: CheckConfig['timeouts'][K] } = {
    ...before,
  };
  if (values.length < 2) {
    findings.warning(keyword, 'lvs_timeouts takes tcp, tcpfin or udp and seconds: ignored');
    return before;
  }
  for (let i = 0; i < values.length; i++) {
    const word = values[i];
    const name = ({ tcp: 'tcp', tcpfin: 'tcpFin', udp: 'udp' } as const)[word?.text ?? ''];
    const value = values[i + 1];
    if (word === undefined) break;
    if (name === undefined) findings.warning(word, 'lvs_timeouts knows tcp, tcpfin and udp');
    else if (value === undefined) findings.warning(word, 'seconds are missing: ignored');
    else {
      const length = integerAt(value, word, 0, LONGEST_TIMEOUT, findings, { strict: true });
      if (length !== undefined) timeouts[name] = length === 0 ? undefined : seconds(length);
      i++;
    }
  }
  return timeouts;
}

const FLUSH_ON_STOP: Row<Mutable<LvsGlobal>, CheckConfig> = field(
  'flushOnStop',
  {
    shape: 'words',
    type: '[VS]',
    read: ({ keyword, values: [first] }, findings) => {
      if (first === undefined) return 'all';
      if (first.text === 'VS') return 'services';
      findings.warning(first, `${keyword.text} takes nothing or VS: ignored`);
      return undefined;
    },
    print: (what) => (what === 'services' ? 'VS' : ''),
  },
  "Empties the kernel's table of services at the end; with VS only of halabd's own, and at once.",
  { unset: 'takes out server by server' },
);

export const LVS: Rows<Mutable<LvsGlobal>, CheckConfig> = {
  lvs_timeouts: {
    shape: 'words',
    type: '[tcp N] [tcpfin N] [udp N], seconds',
    default: "the kernel's",
    doc: "The timeouts of the kernel's connection table.",
    read: (check, statement, findings) => {
      check.timeouts = readTimeouts(check.timeouts, statement, findings);
    },
    print: ({ timeouts: { tcp, tcpFin, udp } }, keyword) => {
      const given = Object.entries({ tcp, tcpfin: tcpFin, udp }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name} ${inSeconds(value)}`],
      );
      return given.length === 0 ? [] : [`${keyword} ${given.join(' ')}`];
    },
  },
  lvs_flush: field('flush', FLAG, "Empties the kernel's table of services at the start.", off),
  lvs_flush_on_stop: FLUSH_ON_STOP,
  ...aliases('lvs_flush_on_stop', FLUSH_ON_STOP, 'lvs_flush_onstop'),
};

// biome-ignore format: a table, one keyword a line
export const LVS_REPORTS: Rows<Mutable<LvsGlobal>, CheckConfig> = {
  rs_init_notifies: field('initNotifies', BARE_ON, 'Runs notify_up of servers that are up from the start.', off),
  checker_log_all_failures: input('logAllFailures', ON_OFF, 'Logs every failure of a check.', off),
};
