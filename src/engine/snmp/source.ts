/** The source of all MIBs, and constructors of SNMP values. */
import { ipToBytes, parsePrefix } from '../../net/address.ts';
import { type Oid, type SnmpValue, utf8, type VarBind } from '../../net/agentx.ts';
import type { ChecksStatus } from '../check/status.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { ScriptCommand } from '../core/config-script.ts';
import type { InstanceStatus, RouterStatus } from '../vrrp/status.ts';

export interface MibSource {
  readonly config: DaemonConfig;
  /** null: the vrrp child does not answer. */
  readonly router: RouterStatus | null;
  /** null: the check child does not answer, or there is none. */
  readonly checks: ChecksStatus | null;
  /** Refused packets of all instances and of none, by receive check. */
  readonly refused: Readonly<Record<string, number>>;
  readonly version: string;
  readonly routerId: string;
  /** Of the daemon, microseconds. */
  readonly uptime: number;
  /** ifIndex of an interface; 0: there is none. */
  readonly indexOf: (name: string) => number;
}

export interface Instance {
  readonly config: VrrpInstanceConfig;
  readonly status: InstanceStatus;
}

export function instancesOf({ config, router }: MibSource): Instance[] {
  return config.instances.flatMap((instance) => {
    const status = router?.instances.find(({ name }) => name === instance.name);
    return status === undefined ? [] : [{ config: instance, status }];
  });
}

/** Refused packets of an instance, by these checks. */
export function refusedBy({ status }: Instance, ...checks: readonly string[]): number {
  return status.peers.reduce(
    (sum, { refused }) => sum + checks.reduce((some, check) => some + (refused[check] ?? 0), 0),
    0,
  );
}

export function adverts({ status }: Instance): number {
  return status.peers.reduce((sum, peer) => sum + peer.adverts, 0);
}

export function resignations({ status }: Instance): number {
  return status.peers.reduce((sum, peer) => sum + peer.resignations, 0);
}

/** Scalars 1 to 3 of the statistics in both MIBs: checksum, version and VRID errors. */
export function routerErrors(
  { refused }: MibSource,
  count: (value: number) => SnmpValue,
): Readonly<Record<number, SnmpValue>> {
  return {
    1: count(refused.checksum ?? 0),
    2: count((refused.version ?? 0) + (refused['version-mismatch'] ?? 0)),
    3: count(refused.vrid ?? 0),
  };
}

/** A row for each address of an instance; `sized`: the number of its bytes stands before them. */
export function addressRows(
  entry: Oid,
  index: Oid,
  { status }: Instance,
  sized: boolean,
): VarBind[] {
  return status.addresses.flatMap((address) => {
    const prefix = parsePrefix(address);
    if (prefix === undefined) return [];
    const bytes = ipToBytes(prefix.address);
    return row(entry, [...index, ...(sized ? [bytes.length] : []), ...bytes], { 2: ACTIVE_ROW });
  });
}

/** Columns of one row, by number. */
export function row(
  entry: Oid,
  index: Oid,
  columns: Readonly<Record<number, SnmpValue | undefined>>,
): VarBind[] {
  return Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [{ oid: [...entry, Number(column), ...index], value }],
  );
}

export const integer = (value: number): SnmpValue => ({ kind: 'integer', value });
/** RowStatus (RFC 2579). */
export const ACTIVE_ROW = integer(1);
export const gauge = (value: number): SnmpValue => ({ kind: 'gauge', value });
export const counter = (value: number): SnmpValue => ({ kind: 'counter', value });
export const counter64 = (value: number): SnmpValue => ({ kind: 'counter64', value });
/** SNMP counts hundredths of a second. */
export const ticks = (micros: number): SnmpValue => ({
  kind: 'ticks',
  value: Math.max(0, Math.floor(micros / 10_000)),
});
export const truth = (value: boolean): SnmpValue => integer(value ? 1 : 2);
export const octets = (value: Uint8Array): SnmpValue => ({ kind: 'octets', value });
export const text = (value: string): SnmpValue => octets(utf8(value));
export const script = (command: ScriptCommand | undefined): SnmpValue =>
  text(command?.argv.join(' ') ?? '');
