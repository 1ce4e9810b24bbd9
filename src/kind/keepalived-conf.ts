/**
 * A topology as keepalived.conf for foreign versions: keywords that every version from 2.0 on knows, and only what
 * differs from keepalived's defaults. Deliberately independent of halab's own printer, so that a mistake in halab's
 * keyword table does not reach the peer.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { VrrpScriptConfig } from '../engine/core/config-track.ts';
import { formatPrefix } from '../net/address.ts';
import { inBlock, virtualServerLines } from './keepalived-servers.ts';

export function keepalivedConf(
  { global, instances, scripts, syncGroups, check }: DaemonConfig,
  fifo: string,
): string {
  const defs = inBlock('global_defs', [
    global.routerId !== undefined && `router_id ${global.routerId}`,
    `vrrp_version ${global.vrrpVersion}`,
    `notify_fifo ${fifo}`,
    'script_user root',
    'enable_script_security',
  ]);
  const blocks = [
    defs,
    ...scripts.map((script) => inBlock(`vrrp_script ${script.name}`, scriptLines(script))),
    ...instances.map((instance) => inBlock(`vrrp_instance ${instance.name}`, lines(instance))),
    ...syncGroups.map(({ name, members }) =>
      inBlock(`vrrp_sync_group ${name}`, inBlock('group', members)),
    ),
    ...check.virtualServers.map(virtualServerLines),
  ];
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
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

function lines(instance: VrrpInstanceConfig) {
  const { authentication, checksum, preempt, preemptDelay, tracks } = instance;
  const tracked = tracks.map(({ name }) => name);
  const secret = authentication && [
    `auth_type ${authentication.type}`,
    `auth_pass ${authentication.password}`,
  ];
  return [
    `state ${instance.state}`,
    `interface ${instance.interface}`,
    `virtual_router_id ${instance.vrid}`,
    `priority ${instance.priority}`,
    `version ${instance.version}`,
    `advert_int ${instance.advertInterval / 1_000_000}`,
    !preempt && 'nopreempt',
    preemptDelay > 0 && `preempt_delay ${preemptDelay / 1_000_000}`,
    instance.accept ? 'accept' : 'no_accept',
    checksum === 'rfc9568' && 'v3_checksum_as_v2',
    ...(secret === undefined ? [] : inBlock('authentication', secret)),
    ...speakingLines(instance),
    ...inBlock('virtual_ipaddress', instance.addresses.map(formatPrefix)),
    ...(tracked.length === 0 ? [] : inBlock('track_script', tracked)),
    instance.notify.any && `notify "${instance.notify.any.argv.join(' ')}" root`,
  ];
}

function speakingLines({ hmac, unicast, source, vmac }: VrrpInstanceConfig) {
  const keys = hmac?.keys.map(({ id, source: key }) => `key ${id} ${key}`) ?? [];
  const peers = unicast?.peers.map(({ address }) => address);
  return [
    vmac && `use_vmac ${vmac.interface}`,
    vmac?.transmitOnBase === true && 'vmac_xmit_base',
    ...(hmac === undefined ? [] : inBlock('auth_hmac', [...keys, `active_key ${hmac.activeKey}`])),
    peers && source && `unicast_src_ip ${source}`,
    ...(peers === undefined ? [] : inBlock('unicast_peer', peers)),
  ];
}
