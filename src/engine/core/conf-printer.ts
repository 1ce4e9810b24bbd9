/** A configuration as keepalived.conf text, every default written out: parse(print(c)) = c. */
import { formatPrefix } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { DaemonConfig, VrrpInstanceConfig } from './config.ts';

export function printConfig({ global, instances }: DaemonConfig): string {
  const defs = [
    ...(global.routerId === undefined ? [] : [`    router_id ${global.routerId}`]),
    `    vrrp_version ${global.vrrpVersion}`,
  ];
  return [`global_defs {\n${defs.join('\n')}\n}\n`, ...instances.map(printInstance)].join('\n');
}

function printInstance(instance: VrrpInstanceConfig): string {
  const lines = [
    `state ${instance.state}`,
    `interface ${instance.interface}`,
    `virtual_router_id ${instance.vrid}`,
    `priority ${instance.priority}`,
    `advert_int ${inSeconds(instance.advertInterval)}`,
    `version ${instance.version}`,
    ...(instance.preempt ? [] : ['nopreempt']),
    ...(instance.preemptDelay > 0 ? [`preempt_delay ${inSeconds(instance.preemptDelay)}`] : []),
    instance.accept ? 'accept' : 'no_accept',
    'virtual_ipaddress {',
    ...instance.addresses.map((address) => `    ${formatPrefix(address)}`),
    '}',
  ];
  return `vrrp_instance ${instance.name} {\n${lines.map((line) => `    ${line}`).join('\n')}\n}\n`;
}

function inSeconds(value: Micros): string {
  return String(value / 1_000_000);
}
