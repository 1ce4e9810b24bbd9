/** Where a checker connects to, and from where: `connect_ip`, `bindto` and their like. */
import { family, type IpAddress, isLinkLocal } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { ProbeTarget } from '../core/config-check.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import { MOST_UNSIGNED, type Place, readTimeout } from './lvs-values.ts';
import type { Statement } from './tree.ts';
import { address, integer, interfaceName } from './values.ts';

export interface TargetDraft {
  /** Undefined: none was given, or what was given is none. */
  address: IpAddress | undefined;
  port: number;
  bindAddress: IpAddress | undefined;
  bindPort: number;
  bindInterface: string | undefined;
  mark: number;
  timeout: Micros | undefined;
  /** Whether anything was said of it. */
  given: boolean;
}

export function newTarget({ address, port }: Partial<Place>): TargetDraft {
  return {
    address,
    port: port ?? 0,
    bindAddress: undefined,
    bindPort: 0,
    bindInterface: undefined,
    mark: 0,
    timeout: undefined,
    given: false,
  };
}

type Reader = (target: TargetDraft, statement: Statement, findings: Findings) => void;

const READERS: Readonly<Record<string, Reader>> = {
  connect_ip: (target, statement, findings) => {
    target.address = address(statement, findings);
    if (target.address === undefined || fits(target)) return;
    findings.warning(statement.keyword, 'connect_ip and bindto are of different families');
    target.address = undefined;
  },
  connect_port: (target, statement, findings) => {
    target.port = integer(statement, 1, 65_535, findings) ?? target.port;
  },
  bindto: (target, statement, findings) => {
    target.bindAddress = address(statement, findings);
    if (target.bindAddress === undefined || fits(target)) return;
    findings.warning(statement.keyword, 'bindto and connect_ip are of different families: ignored');
    target.bindAddress = undefined;
  },
  bind_port: (target, statement, findings) => {
    target.bindPort = integer(statement, 1, 65_535, findings) ?? target.bindPort;
  },
  bind_if: (target, { keyword, values }, findings) => {
    target.bindInterface = interfaceName(values[0], keyword, findings) ?? target.bindInterface;
  },
  fwmark: (target, statement, findings) => {
    target.mark = integer(statement, 0, MOST_UNSIGNED, findings) ?? target.mark;
  },
  connect_timeout: (target, statement, findings) => {
    target.timeout = readTimeout(statement, findings) ?? target.timeout;
  },
};

function fits({ address: to, bindAddress: from }: TargetDraft): boolean {
  return to === undefined || from === undefined || family(to) === family(from);
}

/** Whether the statement is one of them; reads it. */
export function readTarget(target: TargetDraft, statement: Statement, findings: Findings): boolean {
  const { text } = statement.keyword;
  const reader = Object.hasOwn(READERS, text) ? READERS[text] : undefined;
  reader?.(target, statement, findings);
  if (reader !== undefined) target.given = true;
  return reader !== undefined;
}

/** Whether the checker can be used; a link-local address is one only on an interface. */
export function isReachable(
  { address: to, bindInterface }: TargetDraft,
  at: Token,
  findings: Findings,
): boolean {
  if (to === undefined || family(to) === 4 || !isLinkLocal(to) || bindInterface !== undefined)
    return true;
  findings.warning(at, `${to} is link-local and needs bind_if: this ${at.text} is ignored`);
  return false;
}

/** As it is probed. Undefined: keepalived never does. */
export function targetOf(
  { address: to, port, bindAddress, bindPort, bindInterface, mark }: TargetDraft,
  at: Token,
  findings: Findings,
): ProbeTarget | undefined {
  if (to === undefined) {
    findings.warning(at, `${at.text} has no address to connect to: it is never made`);
    return undefined;
  }
  if (bindPort !== 0 && bindAddress === undefined)
    findings.warning(at, 'bind_port counts only with bindto: it is ignored');
  if (port === 0 && at.text !== 'PING_CHECK')
    findings.warning(at, `${at.text} has no port to connect to: it fails`, 'Set connect_port.');
  return {
    address: to,
    port,
    bindAddress,
    bindInterface,
    bindPort: bindAddress === undefined ? 0 : bindPort,
    mark,
  };
}
