/** VRRP-MIB (RFC 2787): the instances of version 2, which are IPv4. */
import { type IpAddress, ipToBytes } from '../../net/address.ts';
import type { Oid, SnmpValue, VarBind } from '../../net/agentx.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import {
  ACTIVE_ROW,
  addressRows,
  adverts,
  counter,
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
import { macOf, RFC_STATE } from './vrrpv3-mib.ts';

export const VRRP_MIB: Oid = [1, 3, 6, 1, 2, 1, 68];
const OPERATIONS: Oid = [...VRRP_MIB, 1];
const OPER_ENTRY: Oid = [...OPERATIONS, 3, 1];
const ASSOCIATED: Oid = [...OPERATIONS, 4, 1];
const STATISTICS: Oid = [...VRRP_MIB, 2];
const STATISTICS_ENTRY: Oid = [...STATISTICS, 4, 1];
export const V2_MASTER_ADDRESS: Oid = [...OPER_ENTRY, 7];
export const V2_PACKET_SOURCE: Oid = [...OPERATIONS, 5, 0];
export const V2_AUTH_ERROR: Oid = [...OPERATIONS, 6, 0];

const UP = integer(1);
const IP = integer(1);
const AUTH_TYPE = { none: 1, PASS: 2, AH: 3 } as const;

export function vrrpv2Mib(source: MibSource): VarBind[] {
  const { config } = source;
  const instances = instancesOf(source).filter((instance) => instance.config.version === 2);
  return [
    ...row(OPERATIONS, [0], { 1: integer(2), 2: truth(config.global.snmp.traps) }),
    ...row(STATISTICS, [0], routerErrors(source, counter)),
    ...instances.flatMap((instance) => {
      const index = v2Index(instance.config, source);
      return [
        ...operations(instance, index, source.uptime),
        ...addressRows(ASSOCIATED, index, instance, false),
        ...statistics(instance, index),
      ];
    }),
  ];
}

/** ifIndex, VRID. */
export function v2Index(
  { interface: name, vrid }: VrrpInstanceConfig,
  { indexOf }: Pick<MibSource, 'indexOf'>,
): Oid {
  return [indexOf(name), vrid];
}

export function address(of: IpAddress | null): SnmpValue {
  return { kind: 'address', value: of === null ? new Uint8Array(4) : ipToBytes(of) };
}

/** `vrrpTrapAuthErrorType` of a receive check; undefined: not about authentication. */
export function authError(check: string): number | undefined {
  if (check === 'auth-type') return 1;
  if (check === 'auth-mismatch') return 2;
  return check === 'auth-failed' || check === 'auth-replay' ? 3 : undefined;
}

function operations({ config, status }: Instance, index: Oid, uptime: number): VarBind[] {
  return row(OPER_ENTRY, index, {
    2: macOf(config),
    3: integer(RFC_STATE[status.state]),
    4: UP,
    5: integer(status.priority.effective),
    6: integer(config.addresses.length),
    7: address(status.active),
    8: address(status.source),
    9: integer(AUTH_TYPE[config.authentication?.type ?? 'none']),
    // RFC 2787: a key is never readable.
    10: octets(new Uint8Array()),
    11: integer(Math.round(status.advert_interval_us / 1_000_000)),
    12: truth(config.preempt),
    13: ticks(status.up_us === null ? 0 : uptime - status.up_us),
    14: IP,
    15: ACTIVE_ROW,
  });
}

function statistics(instance: Instance, index: Oid): VarBind[] {
  const { status } = instance;
  return row(STATISTICS_ENTRY, index, {
    1: counter(status.became_active),
    2: counter(adverts(instance)),
    3: counter(refusedBy(instance, 'interval-zero', 'interval-mismatch')),
    4: counter(refusedBy(instance, 'auth-failed', 'auth-replay')),
    5: counter(refusedBy(instance, 'ttl', 'unicast-ttl')),
    6: counter(resignations(instance)),
    7: counter(status.resignations_sent),
    8: counter(refusedBy(instance, 'type')),
    9: counter(refusedBy(instance, 'address-list')),
    10: counter(refusedBy(instance, 'auth-type')),
    11: counter(refusedBy(instance, 'auth-mismatch')),
    12: counter(refusedBy(instance, 'length', 'header')),
  });
}
