/**
 * What a topology can say as keepalived.conf, only what differs from keepalived's defaults: every
 * version from 2.0 on knows these words. Written apart from halab's own printer on purpose: what a peer
 * is told must not depend on what halab makes of it.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import { formatPrefix } from '../net/address.ts';

export function keepalivedConf({ global, instances }: DaemonConfig, fifo: string): string {
  const defs = block('global_defs', [
    ...(global.routerId === undefined ? [] : [`router_id ${global.routerId}`]),
    `vrrp_version ${global.vrrpVersion}`,
    `vrrp_notify_fifo ${fifo}`,
  ]);
  return [defs, ...instances.map((one) => block(`vrrp_instance ${one.name}`, lines(one)))].join(
    '\n',
  );
}

function lines(instance: VrrpInstanceConfig): string[] {
  const { authentication, checksum, preempt, preemptDelay } = instance;
  return [
    `state ${instance.state}`,
    `interface ${instance.interface}`,
    `virtual_router_id ${instance.vrid}`,
    `priority ${instance.priority}`,
    `version ${instance.version}`,
    `advert_int ${instance.advertInterval / 1_000_000}`,
    ...(preempt ? [] : ['nopreempt']),
    ...(preemptDelay > 0 ? [`preempt_delay ${preemptDelay / 1_000_000}`] : []),
    instance.accept ? 'accept' : 'no_accept',
    ...(checksum === 'rfc9568' ? ['v3_checksum_as_v2'] : []),
    ...(authentication === undefined
      ? []
      : [
          'authentication {',
          `    auth_type ${authentication.type}`,
          `    auth_pass ${authentication.password}`,
          '}',
        ]),
    'virtual_ipaddress {',
    ...instance.addresses.map((address) => `    ${formatPrefix(address)}`),
    '}',
  ];
}

function block(name: string, inner: readonly string[]): string {
  return `${name} {\n${inner.map((line) => `    ${line}\n`).join('')}}\n`;
}
