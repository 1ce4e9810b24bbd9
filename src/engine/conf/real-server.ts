/** `real_server` and `sorry_server` as written. Inheritance is resolved later. */

import { type Family, family } from '../../net/address.ts';
import type { RealServerConfig, ServiceKey, VirtualServerConfig } from '../core/config-check.ts';
import type { ScriptCommand } from '../core/config-script.ts';
import type { Token } from '../text/findings.ts';
import type { Statement } from '../text/tree.ts';
import { CHECKS } from './checker.ts';
import type { CheckerContext, CheckerDraft } from './checker-draft.ts';
import { ON_OFF, script, WORD, whole } from './codec.ts';
import {
  block,
  field,
  input,
  inputs,
  lost,
  printRows,
  type Row,
  type Rows,
  readRows,
} from './keyword.ts';
import {
  type MethodDraft,
  MOST_UNSIGNED,
  MOST_WEIGHT,
  method,
  type Place,
  placeOf,
  printPlace,
  TIMEOUT,
  type TimingDraft,
  timing,
} from './lvs-values.ts';

export type ServerDraft = ReturnType<typeof newDraft>;

export interface SorryDraft {
  readonly place: Place;
  method: MethodDraft;
  inhibit: boolean;
}

const TIMING = timing('real server');

type Context = Pick<CheckerContext, 'files'>;

/** A script that is run on a change: the first one counts. */
export const NOTIFY = script((keyword) => `there is a ${keyword} already: this one is ignored`);

// biome-ignore format: a table, one keyword a line
const SERVER: Rows<ServerDraft, RealServerConfig, CheckerContext> = {
  weight: field('weight', whole(0, MOST_WEIGHT), 'The share of connections that the server gets.', { always: true, unset: 'that of the virtual server' }),
  lvs_method: method('How packets reach the server.'),
  inhibit_on_failure: field('inhibit', ON_OFF, 'A server that is down gets weight 0 instead of being taken out.', { always: true, unset: 'that of the virtual server' }),
  uthreshold: field('upperThreshold', whole(0, MOST_UNSIGNED), 'The number of connections above which the server gets no new ones.', { default: 0, always: true }),
  lthreshold: field('lowerThreshold', whole(0, MOST_UNSIGNED), 'The number of connections below which it gets new ones again.', { default: 0, always: true }),
  notify_up: field('notifyUp', NOTIFY, 'Runs when the server comes up.'),
  notify_down: field('notifyDown', NOTIFY, 'Runs when the server goes down.'),
  smtp_alert: field('mail', ON_OFF, 'Mails about the server.', { unset: 'smtp_alert_checker' }),
  ...CHECKS,
  virtualhost: input('virtualhost', WORD, 'The Host header of its HTTP checks.', { unset: 'that of the virtual server' }),
  ...inputs('timing', { ...TIMING, ...TIMEOUT }),
  ...lost('a name for a table of an MIB, which halabd does not need', 'snmp_name', { voice: 'silent' }),
};

export const REAL_SERVER: Row<
  { readonly servers: ServerDraft[]; readonly method: MethodDraft; family: Family | undefined },
  VirtualServerConfig,
  Context
> = {
  shape: SERVER,
  type: 'ADDRESS [PORT]',
  doc: 'A server that connections are forwarded to.',
  read: (draft, statement, context) => {
    const server = readRealServer(statement, draft.method, context);
    if (server !== undefined && fits(draft, server)) draft.servers.push(server);
  },
  print: ({ realServers, service }, keyword) =>
    realServers.flatMap((server) =>
      block(
        `${keyword} ${printPlace({ ...server, port: portOf(server, service) })}`,
        printRows(SERVER, server),
      ),
    ),
};

/** The first address decides the family of the virtual server; tunnels lead to either. */
function fits(draft: { family: Family | undefined }, { place, at, method: { kind } }: ServerDraft) {
  if (kind === 'TUN') return true;
  const own = family(place.address);
  draft.family ??= own;
  if (draft.family === own) return true;
  at.warning(`${place.address} is not of the virtual server's family: it is ignored`);
  return false;
}

/** A checker without a port has taken none from a real server without one. */
function portOf({ port, checkers }: RealServerConfig, service: ServiceKey): number {
  const bare = checkers.some(({ probe }) => 'target' in probe && probe.target.port === 0);
  return bare && service.kind === 'address' && service.port === port ? 0 : port;
}

/** `method`: that of the virtual server, as far as it was read. */
function newDraft(at: Token, place: Place, method: MethodDraft) {
  return {
    at,
    place,
    timing: {} as TimingDraft,
    checkers: [] as CheckerDraft[],
    method,
    upperThreshold: 0,
    lowerThreshold: 0,
    notifyUp: undefined as ScriptCommand | undefined,
    notifyDown: undefined as ScriptCommand | undefined,
    mail: undefined as boolean | undefined,
    ...({} as { weight?: number; inhibit?: boolean; virtualhost?: string }),
  };
}

/** Undefined: it has no address or no port that is one, and is ignored with its block. */
function readRealServer(statement: Statement, method: MethodDraft, { files }: Context) {
  const place = placeOf(statement);
  if (place === undefined) return undefined;
  const draft = newDraft(statement.keyword, place, method);
  readRows(SERVER, draft, statement.block, { place, files });
  if (draft.lowerThreshold > draft.upperThreshold)
    draft.at.warning('lthreshold is larger than uthreshold: the kernel refuses that');
  return draft;
}

/** Whether they are one for keepalived: before any port is taken from the virtual server. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.address === b.address && a.port === b.port;
}
