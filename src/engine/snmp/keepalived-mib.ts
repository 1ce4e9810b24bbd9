/** KEEPALIVED-MIB: version, router id, sync groups and instances; its servers are in server-mib.ts. */
import { ipToBytes } from '../../net/address.ts';
import type { Oid, VarBind } from '../../net/agentx.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { VrrpStateName } from '../vrrp/io.ts';
import {
  gauge,
  type Instance,
  instancesOf,
  integer,
  type MibSource,
  octets,
  row,
  script,
  text,
  truth,
} from './source.ts';
import { addressType } from './vrrpv3-mib.ts';

export const KEEPALIVED_MIB: Oid = [1, 3, 6, 1, 4, 1, 9586, 100, 5];
const GLOBAL: Oid = [...KEEPALIVED_MIB, 1];
const GROUP_ENTRY: Oid = [...KEEPALIVED_MIB, 2, 1, 1];
const INSTANCE_ENTRY: Oid = [...KEEPALIVED_MIB, 2, 3, 1];
/** The content of notifications. */
export const ROUTER_ID: Oid = [...GLOBAL, 2, 0];
export const GROUP_NAME: Oid = [...GROUP_ENTRY, 2];
export const GROUP_STATE: Oid = [...GROUP_ENTRY, 3];
export const INSTANCE_NAME: Oid = [...INSTANCE_ENTRY, 2];
export const INSTANCE_STATE: Oid = [...INSTANCE_ENTRY, 4];
export const INSTANCE_INITIAL_STATE: Oid = [...INSTANCE_ENTRY, 5];

export const KEEPALIVED_STATE: Readonly<Record<VrrpStateName, number>> = {
  INIT: 0,
  BACKUP: 1,
  MASTER: 2,
  FAULT: 3,
};
const AUTH_TYPE = { none: 0, PASS: 1, AH: 2 } as const;

/** For `enable_snmp_vrrp` and for `enable_snmp_checker`. */
export function globalMib({ version, routerId }: MibSource): VarBind[] {
  return row(GLOBAL, [0], { 1: text(`halabd ${version}`), 2: text(routerId) });
}

export function keepalivedMib(source: MibSource): VarBind[] {
  const { config, router } = source;
  return [
    ...config.syncGroups.flatMap(({ name, notify, memberWeights }, i) => {
      const state = router?.syncGroups.find((group) => group.name === name)?.state ?? 'INIT';
      return row(GROUP_ENTRY, [i + 1], {
        2: text(name),
        3: integer(KEEPALIVED_STATE[state]),
        4: truth(notify.smtpAlert),
        6: script(notify.master),
        7: script(notify.backup),
        8: script(notify.fault),
        9: script(notify.any),
        10: truth(memberWeights),
        11: script(notify.stop),
      });
    }),
    ...instancesOf(source).flatMap((found) => instance(found, source)),
  ];
}

/** Instances count from 1 in the order of the configuration. */
export function instanceIndex(name: string, { config }: Pick<MibSource, 'config'>): Oid {
  return [config.instances.findIndex((known) => known.name === name) + 1];
}

function instance({ config, status }: Instance, source: MibSource): VarBind[] {
  const { name, notify, garp, version } = config;
  const group = source.config.syncGroups.find(({ members }) => members.includes(name));
  const multicast = config.unicast === undefined;
  return row(INSTANCE_ENTRY, instanceIndex(name, source), {
    2: text(name),
    3: gauge(config.vrid),
    4: integer(KEEPALIVED_STATE[status.state]),
    5: integer(KEEPALIVED_STATE[config.state]),
    6: integer(KEEPALIVED_STATE[config.state]),
    7: integer(status.priority.configured),
    8: integer(status.priority.effective),
    9: truth(status.state === 'MASTER'),
    10: text(config.interface),
    11: truth(config.trackPrimary),
    12: gauge(Math.round(status.advert_interval_us / (version === 2 ? 1_000_000 : 10_000))),
    13: truth(config.preempt),
    14: gauge(Math.round(config.preemptDelay / 1_000_000)),
    15: integer(AUTH_TYPE[config.authentication?.type ?? 'none']),
    18: text(group?.name ?? ''),
    19: gauge(Math.round(garp.delay / 1_000_000)),
    20: truth(notify.smtpAlert),
    21: truth(hasScripts(config)),
    22: script(notify.master),
    23: script(notify.backup),
    24: script(notify.fault),
    25: script(notify.stop),
    26: script(notify.any),
    27: truth(config.accept),
    30: integer(version),
    31: script(notify.lowerPriority),
    32: script(notify.deleted),
    34: multicast ? integer(addressType(config.family)) : undefined,
    35: multicast ? octets(ipToBytes(config.group ?? VRRP_GROUP[config.family])) : undefined,
  });
}

function hasScripts({ notify }: VrrpInstanceConfig): boolean {
  const { master, backup, fault, stop, any } = notify;
  return [master, backup, fault, stop, any].some((command) => command !== undefined);
}
