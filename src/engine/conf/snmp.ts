/** The keywords of `global_defs` about SNMP, and how they are printed. */

import { agentAddress, type SnmpConfig } from '../core/config-snmp.ts';
import type { Findings } from './findings.ts';
import { quoteWord } from './lexer.ts';
import type { Statement } from './tree.ts';

export type SnmpDraft = { -readonly [K in keyof SnmpConfig]: SnmpConfig[K] };

const SWITCHES: Readonly<Record<string, Partial<SnmpConfig>>> = {
  enable_snmp_vrrp: { keepalived: true },
  enable_snmp_keepalived: { keepalived: true },
  enable_snmp_checker: { checker: true },
  enable_snmp_rfc: { rfcv2: true, rfcv3: true },
  enable_snmp_rfcv2: { rfcv2: true },
  enable_snmp_rfcv3: { rfcv3: true },
  enable_traps: { traps: true },
};

export const SNMP_KEYWORDS = [...Object.keys(SWITCHES), 'snmp_socket'];

/** Whether the statement is one of these; reads it into `snmp`. */
export function readSnmp(snmp: SnmpDraft, statement: Statement, findings: Findings): boolean {
  const { keyword, values } = statement;
  if (!SNMP_KEYWORDS.includes(keyword.text)) return false;
  if (keyword.text !== 'snmp_socket') Object.assign(snmp, SWITCHES[keyword.text]);
  else if (values[0] !== undefined && agentAddress(values[0].text) !== undefined)
    snmp.socket = values[0].text;
  else {
    const message = 'snmp_socket is unix:PATH or tcp:HOST:PORT; the default is taken';
    findings[values.length === 0 ? 'warning' : 'note'](
      values[0] ?? keyword,
      message,
      'AgentX runs over nothing else.',
    );
  }
  return true;
}

export function printSnmp({ keepalived, checker, rfcv2, rfcv3, traps, socket }: SnmpConfig) {
  return [
    ...(keepalived ? ['enable_snmp_vrrp'] : []),
    ...(checker ? ['enable_snmp_checker'] : []),
    ...(rfcv2 ? ['enable_snmp_rfcv2'] : []),
    ...(rfcv3 ? ['enable_snmp_rfcv3'] : []),
    ...(traps ? ['enable_traps'] : []),
    ...(socket === undefined ? [] : [`snmp_socket ${quoteWord(socket)}`]),
  ];
}
