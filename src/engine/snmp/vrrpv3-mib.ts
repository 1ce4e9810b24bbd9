/** VRRPV3-MIB (RFC 6527): operations, associated addresses and statistics of every instance. */

import { type Family, type IpAddress, ipToBytes, macToBytes } from '../../net/address.ts';
import type { Oid, SnmpValue, VarBind } from '../../net/agentx.ts';
import { virtualMac } from '../conf/vmac.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { TransitionReason, VrrpStateName } from '../vrrp/io.ts';
import {
  ACTIVE_ROW,
  addressRows,
  adverts,
  counter,
  counter64,
  gauge,
  type Instance,
  instancesOf,
  integer,
  type MibSource,
  octets,
  refusedBy,
  resignations,
  routerErrors,
  row,
  ticks,
  truth,
} from './source.ts';

export const VRRPV3_MIB: Oid = [1, 3, 6, 1, 2, 1, 207];
const OPERATIONS: Oid = [...VRRPV3_MIB, 1, 1, 1, 1];
const ASSOCIATED: Oid = [...VRRPV3_MIB, 1, 1, 2, 1];
const STATISTICS: Oid = [...VRRPV3_MIB, 1, 2];
const STATISTICS_ENTRY: Oid = [...STATISTICS, 5, 1];
/** Columns that notifications carry. */
export const V3_MASTER_ADDRESS: Oid = [...OPERATIONS, 3];
export const V3_NEW_MASTER_REASON: Oid = [...STATISTICS_ENTRY, 2];
export const V3_PROTO_ERROR_REASON: Oid = [...STATISTICS_ENTRY, 6];

/** initialize, backup, master. */
export const RFC_STATE: Readonly<Record<VrrpStateName, number>> = {
  INIT: 1,
  FAULT: 1,
  BACKUP: 2,
  MASTER: 3,
};
/** vrrpv3StatisticsRefreshRate, in milliseconds: how old an answer may be. */
const REFRESH_MS = 1_000;

export function vrrpv3Mib(source: MibSource): VarBind[] {
  return [
    ...row(STATISTICS, [0], { ...routerErrors(source, counter64), 4: ticks(0) }),
    ...instancesOf(source).flatMap((instance) => {
      const index = v3Index(instance.config, source);
      return [
        ...operations(instance, index),
        ...addressRows(ASSOCIATED, index, instance, true),
        ...statistics(instance, index),
      ];
    }),
  ];
}

/** ifIndex, VRID, InetAddressType. */
export function v3Index(
  { interface: name, vrid, family }: VrrpInstanceConfig,
  { indexOf }: Pick<MibSource, 'indexOf'>,
): Oid {
  return [indexOf(name), vrid, addressType(family)];
}

export function addressType(family: Family): number {
  return family === 4 ? 1 : 2;
}

/** `vrrpv3StatisticsNewMasterReason`: notMaster, priority, preempted, masterNoResponse. */
export function masterReason(reason: TransitionReason | null): number {
  if (reason === null) return 0;
  if (reason === 'no-response') return 3;
  return reason === 'preempted' ? 2 : 1;
}

function operations({ config, status }: Instance, index: Oid): VarBind[] {
  const bytes = (address: IpAddress | null) =>
    octets(address === null ? new Uint8Array(config.family === 4 ? 4 : 16) : ipToBytes(address));
  return row(OPERATIONS, index, {
    3: bytes(status.active),
    4: bytes(status.source),
    5: macOf(config),
    6: integer(RFC_STATE[status.state]),
    7: gauge(status.priority.effective),
    8: integer(config.addresses.length),
    9: integer(Math.floor(status.advert_interval_us / 10_000)),
    10: truth(config.preempt),
    11: truth(config.accept),
    12: ticks(status.up_us ?? 0),
    13: ACTIVE_ROW,
  });
}

export function macOf({ family, vrid, vmac }: VrrpInstanceConfig): SnmpValue {
  return octets(macToBytes(vmac?.mac ?? virtualMac(vrid, family)));
}

function statistics(instance: Instance, index: Oid): VarBind[] {
  const { status } = instance;
  return row(STATISTICS_ENTRY, index, {
    1: counter(status.became_active),
    2: integer(masterReason(status.active_reason)),
    3: counter64(adverts(instance)),
    4: counter64(refusedBy(instance, 'interval-zero', 'interval-mismatch')),
    5: counter64(refusedBy(instance, 'ttl', 'unicast-ttl')),
    6: integer(lastError(instance)),
    7: counter64(resignations(instance)),
    8: counter64(status.resignations_sent),
    9: counter64(refusedBy(instance, 'type')),
    10: counter64(refusedBy(instance, 'address-list')),
    11: counter64(refusedBy(instance, 'length', 'header')),
    12: ticks(0),
    13: gauge(REFRESH_MS),
  });
}

/** `vrrpv3StatisticsProtoErrReason` of a receive check; 0: it is no protocol error. */
export function protoError(check: string): number {
  if (check === 'ttl' || check === 'unicast-ttl') return 1;
  if (check === 'version' || check === 'version-mismatch') return 2;
  if (check === 'checksum') return 3;
  return check === 'vrid' ? 4 : 0;
}

/** Of the peer that was heard last. */
function lastError({ status }: Instance): number {
  const recent = [...status.peers].sort((a, b) => a.last_ago_us - b.last_ago_us);
  for (const { refused } of recent)
    for (const check of Object.keys(refused)) if (protoError(check) !== 0) return protoError(check);
  return 0;
}
