/**
 * Which keywords may stand where, and what follows each: the structure of keepalived.conf up to 2.4.3.
 * What a keyword says is read elsewhere; a keyword that is not here is unknown.
 */

import { GLOBAL, TOP_LEVEL } from './global.ts';
import type { Level, Process, Root, Shape } from './tree.ts';

function all(shape: Shape, text: string): Record<string, { readonly shape: Shape }> {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)

      .map((word) => [word, { shape }]),
  );
}

const NOTIFY = all('command', 'notify_backup notify_master notify_fault notify_stop notify');
const TRACKS = all('lines', 'track_interface track_script track_file track_process track_bfd');

const SYNC_GROUP: Level = {
  ...TRACKS,
  ...NOTIFY,
  group: { shape: 'lines' },
  ...all('words', 'smtp_alert global_tracking sync_group_tracking_weight notify_priority_changes'),
};

const INSTANCE: Level = {
  ...TRACKS,
  ...NOTIFY,
  notify_deleted: { shape: 'script' },
  notify_master_rx_lower_pri: { shape: 'command' },
  ...all(
    'lines',
    `unicast_peer virtual_ipaddress virtual_ipaddress_excluded virtual_routes virtual_rules`,
  ),
  authentication: { shape: all('value', 'auth_type auth_pass') },
  auth_hmac: {
    shape: { key: { shape: 'words' }, ...all('value', 'active_key time_window anti_replay mode') },
  },
  ...all(
    'value',
    `state interface vrf mcast_src_ip unicast_src_ip mcast_dst_ip virtual_router_id unicast_ttl
    version priority advert_int preempt_delay debug lvs_sync_daemon_interface garp_master_delay
    garp_master_refresh garp_master_repeat garp_master_refresh_repeat garp_lower_prio_delay
    garp_lower_prio_repeat down_timer_adverts max_advert_int`,
  ),
  ...all(
    'words',
    `use_vmac use_vmac_addr vmac_xmit_base use_ipvlan unicast_fault_no_peer check_unicast_src
    old_unicast_checksum native_ipv6 dont_track_primary track_src_ip no_virtual_ipaddress
    promote_secondaries linkbeat_use_polling v3_checksum_as_v2 accept no_accept
    skip_check_adv_addr strict_mode preempt nopreempt smtp_alert notify_priority_changes
    timer_expired_backup thread_timer_expired garp_extra_if vmac_garp_intvl lower_prio_no_advert
    higher_prio_send_advert owner_ignore_adverts kernel_rx_buf_size dont_track_vmac`,
  ),
};

const SCRIPT: Level = {
  script: { shape: 'script' },
  ...all('value', `interval timeout weight rise fall user`),
  ...all('words', `init_fail`),
};
const TRACK_FILE = all('words', 'file weight init_file');
const TRACK_PROCESS = {
  ...all('value', `process quorum quorum_max delay terminate_delay fork_delay`),
  ...all('words', `param_match weight full_command`),
};
const GARP_GROUP: Level = {
  interfaces: { shape: 'lines' },
  ...all('value', `garp_interval gna_interval interface`),
};
const BFD = {
  ...all(
    'value',
    `source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier ttl hoplimit max_hops
    weight`,
  ),
  ...all('words', `passive multihop vrrp checker`),
};

const TARGET = all(
  'value',
  'connect_ip connect_port bindto bind_port bind_if connect_timeout fwmark',
);
const TIMING: Level = {
  ...all('value', 'retry delay_before_retry warmup delay_loop'),
  ...all('words', 'alpha log_all_failures'),
};
const URL: Level = {
  regex: { shape: 'script' },
  ...all('value', 'path digest'),
  ...all(
    'words',
    `status_code virtualhost regex_no_match regex_options regex_min_offset regex_max_offset
    regex_stack tls_compliant`,
  ),
};
const HTTP: Level = {
  ...TARGET,
  ...TIMING,
  nb_get_retry: { shape: 'value' },
  ...all('words', 'virtualhost http_protocol fast_recovery enable_sni sni_name tls_compliant'),
  url: { shape: URL },
};
const CHECKERS: Level = {
  HTTP_GET: { shape: HTTP },
  SSL_GET: { shape: HTTP },
  TCP_CHECK: { shape: { ...TARGET, ...TIMING } },
  PING_CHECK: { shape: { ...TARGET, ...TIMING } },
  SMTP_CHECK: {
    shape: { ...TARGET, ...TIMING, helo_name: { shape: 'words' }, host: { shape: TARGET } },
  },
  DNS_CHECK: { shape: { ...TARGET, ...TIMING, ...all('value', 'type name') } },
  UDP_CHECK: {
    shape: {
      ...TARGET,
      ...TIMING,
      ...all('words', 'payload require_reply'),
      ...all('value', 'min_reply_length max_reply_length'),
    },
  },
  MISC_CHECK: {
    shape: {
      ...TIMING,
      misc_path: { shape: 'script' },
      misc_timeout: { shape: 'value' },
      ...all('words', 'misc_dynamic user'),
    },
  },
  FILE_CHECK: {
    shape: { ...TIMING, track_file: { shape: 'value' }, ...all('words', 'weight dynamic') },
  },
  BFD_CHECK: { shape: all('words', 'name alpha') },
};

const REAL_SERVER: Level = {
  ...all('command', 'notify_up notify_down'),
  ...all(
    'value',
    `weight lvs_method uthreshold lthreshold retry delay_before_retry warmup connect_timeout
    delay_loop`,
  ),
  ...all('words', `inhibit_on_failure alpha smtp_alert virtualhost snmp_name`),
  ...CHECKERS,
};
const VIRTUAL_SERVER: Level = {
  ...all('command', 'quorum_up quorum_down'),
  ...all(
    'value',
    `ip_family retry delay_before_retry warmup connect_timeout delay_loop lb_algo lvs_sched lb_kind
    lvs_method persistence_engine persistence_granularity protocol quorum hysteresis weight
    sorry_server`,
  ),
  ...all(
    'words',
    `inhibit_on_failure hashed ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback
    persistence_timeout ha_suspend smtp_alert virtualhost snmp_name alpha omega
    sorry_server_inhibit sorry_server_lvs_method`,
  ),
  real_server: { shape: REAL_SERVER },
};

const root = (process: Process, shape: Shape) => ({ process, shape });

export const ROOT: Root = {
  global_defs: root('global', GLOBAL),
  ...Object.fromEntries(
    Object.entries(TOP_LEVEL).map(([word, { shape }]) => [word, root('global', shape)]),
  ),
  track_group: root('vrrp', { group: { shape: 'lines' } }),
  static_ipaddress: root('vrrp', 'lines'),
  static_routes: root('vrrp', 'lines'),
  static_rules: root('vrrp', 'lines'),
  vrrp_sync_group: root('vrrp', SYNC_GROUP),
  garp_group: root('vrrp', GARP_GROUP),
  linkbeat_interfaces: root('vrrp', 'lines'),
  vrrp_instance: root('vrrp', INSTANCE),
  vrrp_script: root('vrrp', SCRIPT),
  vrrp_track_process: root('vrrp', TRACK_PROCESS),
  track_process: root('vrrp', TRACK_PROCESS),
  interface_up_down_delays: root('vrrp', 'lines'),
  SSL: root('check', all('words', 'password ca certificate key')),
  virtual_server_group: root('check', 'lines'),
  virtual_server: root('check', VIRTUAL_SERVER),
  bfd_instance: root('every', BFD),
  track_file: root('every', TRACK_FILE),
  vrrp_track_file: root('every', TRACK_FILE),
};
