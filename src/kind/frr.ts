/** FRR: virtual addresses stay on a macvlan, whose carrier zebra takes away (protodown) unless it is Active. */
import { virtualMac } from '../engine/conf/vmac.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import { formatPrefix } from '../net/address.ts';
import type { Claim, Kind } from './kind.ts';

const DAEMONS = '/usr/lib/frr';
const CONFIG_PATH = '/etc/frr/frr.conf';
const RUN = '/run/halab-frr';
const ZEBRA_SOCKET = `${RUN}/zserv.api`;
const VRRPD_PID = `${RUN}/vrrpd.pid`;
const COMMON = ['--vty_socket', RUN, '-z', ZEBRA_SOCKET, '-P', '0'];

export const frr: Kind = {
  name: 'frr',
  rereads: false,
  package: 'frr',
  capabilities: ['SYS_ADMIN', 'SETUID', 'SETGID', 'CHOWN', 'KILL'],
  sysctls: {
    // The address is on a macvlan: only that interface may answer ARP for it, and packets may arrive on any.
    'net.ipv4.conf.all.arp_ignore': '1',
    'net.ipv4.conf.all.arp_announce': '2',
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.default.rp_filter': '0',
    'net.ipv4.conf.all.ignore_routes_with_linkdown': '1',
    'net.ipv4.conf.default.ignore_routes_with_linkdown': '1',
  },
  cannot,
  router: ({ config }) => ({
    files: [{ path: CONFIG_PATH, text: frrConf(config) }],
    setup: [
      `rm -rf ${RUN}; mkdir -m 777 ${RUN}; mkdir -p /var/run /var/tmp`,
      ...config.instances.map((instance) => macvlan(config, instance)),
    ].join('\n'),
    processes: [
      {
        ...daemon('zebra', `${RUN}/zebra.pid`, '/dev/null'),
        role: 'parent',
        ready: ZEBRA_SOCKET,
      },
      { ...daemon('vrrpd', VRRPD_PID, CONFIG_PATH), role: 'vrrp', ready: VRRPD_PID },
    ],
    check: { argv: [`${DAEMONS}/vrrpd`, '-C', '-f', CONFIG_PATH], refuses: [1] },
    version: { argv: [`${DAEMONS}/vrrpd`, '--version'], pattern: /version (\S+)/ },
    claimOf: (process, text) =>
      process === 'vrrpd' ? transitionLine(config.instances, text) : undefined,
  }),
};

function daemon(name: string, pid: string, file: string) {
  const argv = [`${DAEMONS}/${name}`, ...COMMON, '-i', pid, '-f', file];
  return { name, argv, roles: {}, output: 'text' } as const;
}

function cannot({ instances, syncGroups, check }: DaemonConfig): string[] {
  const whole = [
    ...(syncGroups.length === 0 ? [] : ['keep virtual routers together: it has no sync groups']),
    ...(check.virtualServers.length === 0 ? [] : ['balance servers: it does VRRP only']),
  ];
  const reasons = instances.flatMap((instance) => {
    const twin = instances.find(
      (other) =>
        other !== instance &&
        other.vrid === instance.vrid &&
        other.interface === instance.interface,
    );
    const cannots: readonly (readonly [boolean, string])[] = [
      [instance.priority === 255, 'have priority 255: its highest is 254'],
      [instance.authentication !== undefined, 'authenticate: it takes no authentication'],
      [instance.hmac !== undefined, 'sign adverts: it takes no authentication'],
      [instance.unicast !== undefined, 'send adverts to peers: it speaks to the group only'],
      [instance.tracks.length > 0, 'track scripts: it tracks its interface only'],
      [instance.notify.any !== undefined, 'run notify scripts: it has none'],
      [!instance.accept, 'refuse packets to the virtual address: it has no Accept_Mode'],
      [instance.preemptDelay > 0, 'delay preemption: it has no such setting'],
      [
        twin !== undefined && settings(instance).join('\n') !== settings(twin).join('\n'),
        `run VRID ${instance.vrid} with other settings for IPv4 than for IPv6`,
      ],
    ];
    return cannots.flatMap(([is, reason]) => (is ? [reason] : []));
  });
  return [...new Set([...whole, ...reasons])];
}

export function frrConf({ instances }: DaemonConfig): string {
  const interfaces = [...new Set(instances.map((instance) => instance.interface))];
  return [
    'log stdout informational',
    'debug vrrp protocol',
    ...interfaces.flatMap((name) => [
      `interface ${name}`,
      ...instances
        .filter((instance) => instance.interface === name)
        .flatMap((instance) => [
          ...settings(instance),
          ...instance.addresses.map((to) => addressLine(instance, to.address)),
        ]),
    ]),
    '',
  ].join('\n');
}

/** Settings that both families of a VRID share. */
function settings({ vrid, version, priority, ...instance }: VrrpInstanceConfig): string[] {
  return [
    ` vrrp ${vrid} version ${version}`,
    ` vrrp ${vrid} priority ${priority}`,
    ` vrrp ${vrid} advertisement-interval ${instance.advertInterval / 1_000}`,
    ...(instance.preempt ? [] : [` no vrrp ${vrid} preempt`]),
    ...(instance.checksum === 'rfc9568'
      ? [` no vrrp ${vrid} checksum-with-ipv4-pseudoheader`]
      : []),
  ];
}

function addressLine({ vrid, family }: VrrpInstanceConfig, address: string): string {
  return ` vrrp ${vrid} ${family === 4 ? 'ip' : 'ipv6'} ${address}`;
}

/** Commands that make the interface of a virtual router unless it exists. */
function macvlan({ global, instances }: DaemonConfig, instance: VrrpInstanceConfig): string {
  const number = instances.indexOf(instance);
  const name = `vrrp${instance.family}-${instance.vrid}-${number}`;
  const mac = virtualMac(instance.vrid, instance.family);
  // IPv6 adverts come from the macvlan's first link-local address, and the kernel lists the newest first. So its own
  // address is added last: otherwise adverts would come from the virtual address.
  const own = `fe80::${hash(global.routerId ?? '')}:${hash(name)}/64`;
  const addresses = [
    ...instance.addresses.map(formatPrefix),
    ...(instance.family === 6 ? [own] : []),
  ];
  const nodad = instance.family === 6 ? ' nodad' : '';
  return [
    `ip link show ${name} >/dev/null 2>&1 || {`,
    `  ip link add ${name} link ${instance.interface} type macvlan mode bridge`,
    `  ip link set ${name} addrgenmode none`,
    `  ip link set ${name} address ${mac} up`,
    // The addresses must not be reachable before vrrpd decides; as Active it restores the carrier.
    `  ip link set ${name} protodown on`,
    ...addresses.map((address) => `  ip addr add ${address} dev ${name}${nodad}`),
    '}',
  ].join('\n');
}

/** 16 bits of a text, never 0, as hex. */
function hash(text: string): string {
  let value = 7;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) % 0xfff1;
  return (value + 1).toString(16);
}

const STATES: Readonly<Record<string, string>> = {
  Master: 'MASTER',
  Backup: 'BACKUP',
  Initialize: 'INIT',
};

/** `... [VRID 51] [IPv4] Backup -> Master`. */
export function transitionLine(
  instances: readonly VrrpInstanceConfig[],
  text: string,
): Claim | undefined {
  const match = /\[VRID (\d+)\] \[IPv([46])\] (.+) -> (.+)$/.exec(text);
  const [, vrid, family, from = '', to = ''] = match ?? [];
  const found = instances.find(
    (instance) => String(instance.vrid) === vrid && String(instance.family) === family,
  );
  if (found === undefined) return undefined;
  const state = STATES[to] ?? to;
  return { kind: 'state', instance: found.name, state, reason: 'log', detail: `${from} -> ${to}` };
}
