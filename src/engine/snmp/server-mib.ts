/**
 * The virtual and real servers of KEEPALIVED-MIB. Traffic counters are left out: the kernel has
 * them, and ipvsadm shows them.
 */
import { family, ipToBytes } from '../../net/address.ts';
import type { SnmpValue, VarBind } from '../../net/agentx.ts';
import type { RealServerStatus, VirtualServerStatus } from '../check/status.ts';
import type {
  ForwardingMethod,
  RealServerConfig,
  Scheduler,
  SorryServer,
  VirtualServerConfig,
} from '../core/config-check.ts';
import { KEEPALIVED_MIB } from './keepalived-mib.ts';
import { gauge, integer, type MibSource, octets, row, script, text, truth } from './source.ts';
import { addressType } from './vrrpv3-mib.ts';

const CHECK = [...KEEPALIVED_MIB, 3];
const VIRTUAL_ENTRY = [...CHECK, 3, 1];
const REAL_ENTRY = [...CHECK, 4, 1];

const KIND = { fwmark: 1, address: 2, group: 3 } as const;
const PROTOCOL = { TCP: 1, UDP: 2, SCTP: 3 } as const;
const NO_PROTOCOL = 4;
const METHOD: Readonly<Record<ForwardingMethod['kind'], number>> = { NAT: 1, DR: 2, TUN: 3 };
const SCHEDULER: Readonly<Record<Scheduler, number>> = {
  rr: 1,
  wrr: 2,
  lc: 3,
  wlc: 4,
  lblc: 5,
  lblcr: 6,
  dh: 7,
  sh: 8,
  sed: 9,
  nq: 10,
  fo: 11,
  ovf: 12,
  mh: 13,
  twos: 14,
};
const REGULAR = 1;
const SORRY = 2;

/** Both count from 1 in the order of the configuration; the sorry server is the last of its virtual server. */
export function serverMib({ config, checks }: MibSource): VarBind[] {
  const { mail } = config.global;
  return config.check.virtualServers.flatMap((virtual, i) => {
    const status = checks?.virtualServers.find(({ name }) => name === virtual.name);
    if (status === undefined) return [];
    const mails = virtual.mail ?? mail.alertCheckers;
    return [
      ...row(VIRTUAL_ENTRY, [i + 1], { ...service(virtual), ...state(virtual, status, mails) }),
      ...virtual.realServers.flatMap((real, j) => {
        const found = status.realServers.find(
          ({ address, port }) => address === real.address && port === real.port,
        );
        return found === undefined
          ? []
          : row(REAL_ENTRY, [i + 1, j + 1], realServer(real, found, real.mail ?? mails ?? true));
      }),
      ...(virtual.sorryServer === undefined
        ? []
        : row(
            REAL_ENTRY,
            [i + 1, virtual.realServers.length + 1],
            place(virtual.sorryServer, SORRY),
          )),
    ];
  });
}

/** Columns of its address, mark or group. */
function service({ service: key, protocol }: VirtualServerConfig) {
  return {
    2: integer(KIND[key.kind]),
    3: key.kind === 'group' ? text(key.group) : undefined,
    4: key.kind === 'fwmark' ? gauge(key.mark) : undefined,
    5: key.kind === 'address' ? integer(addressType(family(key.address))) : undefined,
    6: key.kind === 'address' ? octets(ipToBytes(key.address)) : undefined,
    7: key.kind === 'address' ? gauge(key.port) : undefined,
    8: integer(protocol === undefined ? NO_PROTOCOL : PROTOCOL[protocol]),
  };
}

function state(
  config: VirtualServerConfig,
  { realServers, quorum, suspended }: VirtualServerStatus,
  mails = false,
): Readonly<Record<number, SnmpValue | undefined>> {
  const { persistence } = config;
  return {
    9: integer(SCHEDULER[config.scheduler]),
    10: integer(METHOD[config.method.kind]),
    11: truth(!suspended),
    13: truth(persistence !== undefined),
    14: persistence && gauge(Math.round(persistence.timeout / 1_000_000)),
    17: truth(config.haSuspend),
    18: truth(config.alpha),
    19: truth(config.omega),
    20: gauge(realServers.length),
    21: gauge(realServers.filter(({ up }) => up).length),
    22: gauge(config.quorum),
    23: truth(quorum.reached),
    24: script(config.quorumUp),
    25: script(config.quorumDown),
    26: gauge(config.hysteresis),
    37: truth(config.onePacket),
    61: truth(mails),
  };
}

function place({ address, port, method }: SorryServer | RealServerConfig, type: number) {
  return {
    2: integer(type),
    3: integer(addressType(family(address))),
    4: octets(ipToBytes(address)),
    5: gauge(port),
    40: integer(METHOD[method.kind]),
  };
}

function realServer(config: RealServerConfig, status: RealServerStatus, mails: boolean) {
  return {
    ...place(config, REGULAR),
    6: truth(status.up),
    7: integer(status.weight.effective),
    8: gauge(config.upperThreshold),
    9: gauge(config.lowerThreshold),
    10: integer(config.inhibit ? 2 : 1),
    11: script(config.notifyUp),
    12: script(config.notifyDown),
    13: gauge(status.checks.filter(({ up }) => !up).length),
    47: truth(mails),
  };
}
