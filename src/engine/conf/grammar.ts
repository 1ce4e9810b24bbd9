/**
 * Which keywords may stand where, and what follows each: the structure of keepalived.conf up to 2.4.3.
 * What a keyword says is read elsewhere; a keyword that is not here is unknown.
 */

/**
 * Words on its line (`value`: at least one); lines of a block; the words of a script (`command`: there
 * must be one); or a block of keywords.
 */
export type Shape = 'words' | 'value' | 'lines' | 'script' | 'command' | Level;
export interface Level {
  readonly [keyword: string]: Shape;
}

/** keepalived reads a file once in each of its processes, which skip what is another's. */
export type Reader = 'global' | 'vrrp' | 'check' | 'every';

function all<S extends Shape>(shape: S, text: string): Record<string, S> {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((word) => [word, shape]),
  );
}

const GLOBAL: Level = {
  notification_email: 'lines',
  ...all(
    'script',
    'startup_script shutdown_script notify_fifo_script vrrp_notify_fifo_script lvs_notify_fifo_script',
  ),
  ...all(
    'value',
    `process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
    smtp_server smtp_connect_timeout vrrp_mcast_group4 vrrp_mcast_group6 vrrp_garp_master_delay
    vrrp_garp_master_repeat vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat
    vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_down_timer_adverts vrrp_max_advert_int
    vrrp_garp_interval vrrp_gna_interval vrrp_version nftables_priority vrrp_rlimit_rttime
    vrrp_rlimit_rtime nftables_ipvs_priority nftables_ipvs_start_fwmark checker_rlimit_rttime
    checker_rlimit_rtime bfd_rlimit_rttime bfd_rlimit_rtime vrrp_startup_delay
    vrrp_delay_after_boot vmac_prefix vmac_addr_prefix umask random_seed config_save_dir`,
  ),
  ...all(
    'words',
    `process_priority process_names use_symlink_paths router_id notification_email_from
    smtp_helo_name smtp_alert startup_script_timeout shutdown_script_timeout max_auto_priority
    min_auto_priority_delay smtp_alert_vrrp smtp_alert_checker checker_log_all_failures
    dynamic_interfaces no_email_faults default_interface disable_local_igmp v3_checksum_as_v2
    lvs_timeouts lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_sync_daemon vrrp_min_garp
    vrrp_garp_extra_if vrrp_vmac_garp_intvl vrrp_lower_prio_no_advert vrrp_higher_prio_send_advert
    vrrp_iptables vrrp_ipsets iptables nftables nftables_ifindex vrrp_check_unicast_src
    vrrp_skip_check_adv_addr vrrp_strict vrrp_priority vrrp_no_swap vrrp_rt_priority
    vrrp_cpu_affinity nftables_ipvs nftables_counters notify_fifo vrrp_notify_fifo
    vrrp_notify_priority_changes fifo_write_vrrp_states_on_reload lvs_notify_fifo checker_priority
    checker_no_swap checker_rt_priority checker_cpu_affinity bfd_priority bfd_no_swap
    bfd_rt_priority bfd_cpu_affinity snmp_socket enable_traps enable_snmp_vrrp
    enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_checker
    snmp_vs_stats_update_interval snmp_rs_stats_update_interval snmp_vrrp_stats_update_interval
    update_vs_stats_interval enable_dbus dbus_service_name dbus_no_interface_name script_user
    enable_script_security vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
    vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs
    process_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
    lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force rs_init_notifies
    no_checker_emails vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier log_unknown_vrids
    vrrp_owner_ignore_adverts reload_check_config reload_time_file reload_repeat reload_file
    reload_date include_check tmp_config_directory data_use_instance json_version iproute_usr_dir
    iproute_etc_dir state_dump_file stats_dump_file json_dump_file`,
  ),
};

const NOTIFY = all('command', 'notify_backup notify_master notify_fault notify_stop notify');
const TRACKS = all('lines', 'track_interface track_script track_file track_process track_bfd');

const SYNC_GROUP: Level = {
  ...TRACKS,
  ...NOTIFY,
  group: 'lines',
  ...all('words', 'smtp_alert global_tracking sync_group_tracking_weight notify_priority_changes'),
};

const INSTANCE: Level = {
  ...TRACKS,
  ...NOTIFY,
  notify_deleted: 'script',
  notify_master_rx_lower_pri: 'command',
  ...all(
    'lines',
    `unicast_peer virtual_ipaddress virtual_ipaddress_excluded virtual_routes virtual_rules`,
  ),
  authentication: all('value', 'auth_type auth_pass'),
  auth_hmac: { key: 'words', ...all('value', 'active_key time_window anti_replay mode') },
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
  script: 'script',
  ...all('value', `interval timeout weight rise fall user`),
  ...all('words', `init_fail`),
};
const TRACK_FILE = all('words', 'file weight init_file');
const TRACK_PROCESS = {
  ...all('value', `process quorum quorum_max delay terminate_delay fork_delay`),
  ...all('words', `param_match weight full_command`),
};
const GARP_GROUP: Level = {
  interfaces: 'lines',
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
  regex: 'script',
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
  nb_get_retry: 'value',
  ...all('words', 'virtualhost http_protocol fast_recovery enable_sni sni_name tls_compliant'),
  url: URL,
};
const CHECKERS: Record<string, Level> = {
  HTTP_GET: HTTP,
  SSL_GET: HTTP,
  TCP_CHECK: { ...TARGET, ...TIMING },
  PING_CHECK: { ...TARGET, ...TIMING },
  SMTP_CHECK: { ...TARGET, ...TIMING, helo_name: 'words', host: TARGET },
  DNS_CHECK: { ...TARGET, ...TIMING, ...all('value', 'type name') },
  UDP_CHECK: {
    ...TARGET,
    ...TIMING,
    ...all('words', 'payload require_reply'),
    ...all('value', 'min_reply_length max_reply_length'),
  },
  MISC_CHECK: {
    ...TIMING,
    misc_path: 'script',
    misc_timeout: 'value',
    ...all('words', 'misc_dynamic user'),
  },
  FILE_CHECK: { ...TIMING, track_file: 'value', ...all('words', 'weight dynamic') },
  BFD_CHECK: all('words', 'name alpha'),
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
  real_server: REAL_SERVER,
};

interface Root {
  readonly reader: Reader;
  readonly shape: Shape;
}
const root = (reader: Reader, shape: Shape): Root => ({ reader, shape });

export const ROOT: Readonly<Record<string, Root>> = {
  global_defs: root('global', GLOBAL),
  ...Object.fromEntries(
    [
      'linkbeat_use_polling',
      'net_namespace',
      'net_namespace_ipvs',
      'namespace_with_ipsets',
      'use_pid_dir',
      'instance',
    ].map((word) => [word, root('global', 'words')]),
  ),
  child_wait_time: root('global', 'value'),
  track_group: root('vrrp', { group: 'lines' }),
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
