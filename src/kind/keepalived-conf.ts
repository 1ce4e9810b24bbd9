/**
 * A topology as keepalived.conf for foreign versions: keywords that every version from 2.0 on knows, and only what
 * differs from keepalived's defaults. Deliberately independent of halab's own printer, so that a mistake in halab's
 * keyword table does not reach the peer.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { VrrpScriptConfig } from '../engine/core/config-track.ts';
import { formatPrefix } from '../net/address.ts';
import { virtualServerLines } from './keepalived-servers.ts';

export function keepalivedConf(
  { global, instances, scripts, syncGroups, check }: DaemonConfig,
  fifo: string,
): string {
  const defs = block('global_defs', [
    ...(global.routerId === undefined ? [] : [`router_id ${global.routerId}`]),
    `vrrp_version ${global.vrrpVersion}`,
    `notify_fifo ${fifo}`,
    'script_user root',
    'enable_script_security',
  ]);
  return [
    defs,
    ...scripts.map((script) => block(`vrrp_script ${script.name}`, scriptLines(script))),
    ...instances.map((instance) => block(`vrrp_instance ${instance.name}`, lines(instance))),
    ...syncGroups.map(({ name, members }) =>
      block(`vrrp_sync_group ${name}`, [
        'group {',
        ...members.map((member) => `    ${member}`),
        '}',
      ]),
    ),
    ...check.virtualServers.map(
      (virtualServer) => `${virtualServerLines(virtualServer).join('\n')}\n`,
    ),
  ].join('\n');
}

function scriptLines({ command, interval, timeout, rise, fall, weight }: VrrpScriptConfig) {
  return [
    `script "${command.argv.join(' ')}"`,
    `interval ${interval / 1_000_000}`,
    `timeout ${Math.max(1, Math.round(timeout / 1_000_000))}`,
    `rise ${rise}`,
    `fall ${fall}`,
    `weight ${weight.value}`,
    'user root',
  ];
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
    ...speakingLines(instance),
    'virtual_ipaddress {',
    ...instance.addresses.map((address) => `    ${formatPrefix(address)}`),
    '}',
    ...(instance.tracks.length === 0
      ? []
      : ['track_script {', ...instance.tracks.map(({ name }) => `    ${name}`), '}']),
    ...(instance.notify.any === undefined
      ? []
      : [`notify "${instance.notify.any.argv.join(' ')}" root`]),
  ];
}

function speakingLines({ hmac, unicast, source, vmac }: VrrpInstanceConfig): string[] {
  const signed = (hmac?.keys ?? []).map(({ id, source: key }) => `    key ${id} ${key}`);
  return [
    ...(vmac === undefined ? [] : [`use_vmac ${vmac.interface}`]),
    ...(vmac?.transmitOnBase === true ? ['vmac_xmit_base'] : []),
    ...(hmac === undefined
      ? []
      : ['auth_hmac {', ...signed, `    active_key ${hmac.activeKey}`, '}']),
    ...(unicast === undefined
      ? []
      : [
          ...(source === undefined ? [] : [`unicast_src_ip ${source}`]),
          'unicast_peer {',
          ...unicast.peers.map(({ address }) => `    ${address}`),
          '}',
        ]),
  ];
}

function block(name: string, inner: readonly string[]): string {
  return `${name} {\n${inner.map((line) => `    ${line}\n`).join('')}}\n`;
}
