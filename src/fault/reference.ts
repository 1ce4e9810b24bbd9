/** The faults and their parameters as rows: for `halab faults` and the generated documentation. */
import { type ParameterRow, parameterRows } from '../topology/yaml/schema-rows.ts';
import type { FamilyOf } from './capability.ts';
import { definitionOf, FAULT_KINDS, type FaultKind } from './faults.ts';

/** What each family can do, for overviews: one line that a new fault of the family leaves as it is. */
export const FAMILIES: Readonly<Record<FamilyOf<FaultKind>, string>> = {
  node: 'power off, or an orderly stop of the router',
  process: 'SIGKILL, SIGSTOP or SIGHUP of a process, a new priority, late timers',
  clock: 'jumps of the wall clock',
  link: 'a pulled cable',
  vrrp: 'adverts blocked, lost or forged, on one path or on all',
  port: 'a TCP or UDP port dropped, refused or reset by a firewall',
  icmp: 'ICMP dropped by a firewall',
  service: 'a service that stops, hangs, flaps, or answers late or wrongly',
  tls: 'a certificate that has expired',
  'check-script': 'a check script of the lab that fails, hangs or takes long',
};

export interface FaultReference {
  readonly fault: FaultKind;
  /** What its selector must name. */
  readonly target: 'router' | 'node' | 'link';
  readonly sentence: string;
  /** What stands under `with:`. */
  readonly parameters: readonly ParameterRow[];
}

export function faultReference(): FaultReference[] {
  return FAULT_KINDS.map((fault) => {
    const { docs, target, with: settings } = definitionOf(fault);
    return { fault, target, sentence: docs, parameters: parameterRows(settings) };
  });
}
