/** Notifications that follow from an effect of the vrrp machine, for each MIB that is served. */
import { family, type IpAddress, ipToBytes } from '../../net/address.ts';
import type { Oid, VarBind } from '../../net/agentx.ts';
import type { SnmpConfig } from '../core/config-process.ts';
import type { VrrpEffect } from '../vrrp/io.ts';
import {
  GROUP_NAME,
  GROUP_STATE,
  INSTANCE_INITIAL_STATE,
  INSTANCE_NAME,
  INSTANCE_STATE,
  instanceIndex,
  KEEPALIVED_MIB,
  KEEPALIVED_STATE,
  ROUTER_ID,
} from './keepalived-mib.ts';
import { integer, type MibSource, octets, text } from './source.ts';
import {
  address,
  authError,
  V2_AUTH_ERROR,
  V2_MASTER_ADDRESS,
  V2_PACKET_SOURCE,
  VRRP_MIB,
  v2Index,
} from './vrrpv2-mib.ts';
import {
  addressType,
  masterReason,
  protoError,
  V3_MASTER_ADDRESS,
  V3_NEW_MASTER_REASON,
  V3_PROTO_ERROR_REASON,
  VRRPV3_MIB,
  v3Index,
} from './vrrpv3-mib.ts';

export interface Trap {
  readonly oid: Oid;
  readonly binds: readonly VarBind[];
}

const GROUP_CHANGE: Oid = [...KEEPALIVED_MIB, 2, 10, 0, 1];
const INSTANCE_CHANGE: Oid = [...KEEPALIVED_MIB, 2, 10, 0, 2];

type About = Pick<MibSource, 'config' | 'routerId' | 'indexOf'>;
type StateEffect = Extract<VrrpEffect, { kind: 'state' }>;

/** The first refused packet of its kind from its source. */
export interface Refused {
  readonly instance: string | undefined;
  readonly check: string;
  readonly source: IpAddress;
}

/** `source`: our own address, which is that of the new Active. */
export function stateTraps(effect: StateEffect, source: IpAddress | null, about: About): Trap[] {
  const { config } = about;
  const found = config.instances.find(({ name }) => name === effect.instance);
  const { keepalived, rfcv2, rfcv3 } = config.global.snmp;
  if (found === undefined) return [];
  const traps: Trap[] = [];
  if (keepalived) {
    const index = instanceIndex(found.name, about);
    const initial = integer(KEEPALIVED_STATE[found.state]);
    const binds = [
      { oid: [...INSTANCE_NAME, ...index], value: text(found.name) },
      { oid: [...INSTANCE_STATE, ...index], value: integer(KEEPALIVED_STATE[effect.to]) },
      { oid: [...INSTANCE_INITIAL_STATE, ...index], value: initial },
      { oid: ROUTER_ID, value: text(about.routerId) },
    ];
    traps.push({ oid: INSTANCE_CHANGE, binds });
  }
  if (effect.to !== 'MASTER' || source === null) return traps;
  if (rfcv3) {
    const index = v3Index(found, about);
    const reason = integer(masterReason(effect.reason));
    const binds = [
      { oid: [...V3_MASTER_ADDRESS, ...index], value: octets(ipToBytes(source)) },
      { oid: [...V3_NEW_MASTER_REASON, ...index], value: reason },
    ];
    traps.push({ oid: [...VRRPV3_MIB, 0, 1], binds });
  }
  if (rfcv2 && found.version === 2) {
    const oid = [...V2_MASTER_ADDRESS, ...v2Index(found, about)];
    traps.push({ oid: [...VRRP_MIB, 0, 1], binds: [{ oid, value: address(source) }] });
  }
  return traps;
}

export function groupTraps(
  { group, to }: Extract<VrrpEffect, { kind: 'group-state' }>,
  { config, routerId }: About,
): Trap[] {
  const index = config.syncGroups.findIndex(({ name }) => name === group) + 1;
  if (!config.global.snmp.keepalived || index === 0) return [];
  const binds = [
    { oid: [...GROUP_NAME, index], value: text(group) },
    { oid: [...GROUP_STATE, index], value: integer(KEEPALIVED_STATE[to]) },
    { oid: ROUTER_ID, value: text(routerId) },
  ];
  return [{ oid: GROUP_CHANGE, binds }];
}

export function refusedTraps({ instance, check, source }: Refused, about: About): Trap[] {
  const { rfcv2, rfcv3 }: SnmpConfig = about.config.global.snmp;
  const traps: Trap[] = [];
  const authentication = authError(check);
  if (rfcv2 && authentication !== undefined && family(source) === 4)
    traps.push({
      oid: [...VRRP_MIB, 0, 2],
      binds: [
        { oid: V2_PACKET_SOURCE, value: address(source) },
        { oid: V2_AUTH_ERROR, value: integer(authentication) },
      ],
    });
  const reason = protoError(check);
  if (rfcv3 && reason !== 0) {
    const found = about.config.instances.find(({ name }) => name === instance);
    // 0.0: no virtual router of ours.
    const index = found === undefined ? [0, 0, addressType(family(source))] : v3Index(found, about);
    const binds = [{ oid: [...V3_PROTO_ERROR_REASON, ...index], value: integer(reason) }];
    traps.push({ oid: [...VRRPV3_MIB, 0, 2], binds });
  }
  return traps;
}
