/**
 * Keywords of keepalived that are known, accepted and without effect here, and why; without a reason
 * nothing is lost and nothing is said.
 */

const CHECKER = 'halabd does not check servers yet';
const MAIL = 'halabd sends no mail; use a notify script';
const SNMP = 'halabd has no SNMP agent; see halabd status --json';
const DBUS = 'halabd is not on D-Bus; see halabd status --json';
const PROCESS = 'the service manager decides this (systemd: LimitNOFILE, CPUAffinity, Nice)';
const KERNEL = 'the kernel and halab decide this';
const FILES = 'halabd has files of its own; see its options';
const BFD = 'halabd has no BFD';
const FIREWALL = 'halabd uses one nftables table of its own';
const LINKBEAT = 'netlink tells of the carrier; polling is not needed';

/** Whole blocks and words at the top level. */
export const UNSUPPORTED_TOP: Readonly<Record<string, string>> = {
  virtual_server: CHECKER,
  virtual_server_group: CHECKER,
  real_server: CHECKER,
  SSL: CHECKER,
  local_address_group: CHECKER,
  bfd_instance: BFD,
  linkbeat_interfaces: LINKBEAT,
  net_namespace: 'start halabd in the namespace (ip netns exec)',
  net_namespace_ipvs: CHECKER,
  namespace_with_ipsets: FIREWALL,
  instance: 'name the pid file and the status socket with -p and --status-socket',
  use_pid_dir: FILES,
};

/** Inside global_defs. */
export const UNSUPPORTED_GLOBAL: Readonly<Record<string, string>> = {
  notification_email: MAIL,
  notification_email_from: MAIL,
  smtp_server: MAIL,
  smtp_helo_name: MAIL,
  smtp_connect_timeout: MAIL,
  smtp_alert: MAIL,
  smtp_alert_vrrp: MAIL,
  smtp_alert_checker: MAIL,
  no_email_faults: MAIL,
  no_checker_emails: MAIL,
  enable_traps: SNMP,
  snmp_socket: SNMP,
  enable_snmp_vrrp: SNMP,
  enable_snmp_checker: SNMP,
  enable_snmp_rfc: SNMP,
  enable_snmp_rfcv2: SNMP,
  enable_snmp_rfcv3: SNMP,
  snmp_vrrp_stats_update_interval: SNMP,
  snmp_rs_stats_update_interval: SNMP,
  snmp_vs_stats_update_interval: SNMP,
  enable_dbus: DBUS,
  dbus_service_name: DBUS,
  dbus_no_interface_name: DBUS,
  lvs_sync_daemon: CHECKER,
  lvs_timeouts: CHECKER,
  lvs_flush: CHECKER,
  lvs_flush_on_stop: CHECKER,
  lvs_flush_onstop: CHECKER,
  lvs_notify_fifo: CHECKER,
  lvs_notify_fifo_script: CHECKER,
  lvs_netlink_monitor_rcv_bufs: CHECKER,
  lvs_netlink_monitor_rcv_bufs_force: CHECKER,
  lvs_netlink_cmd_rcv_bufs: CHECKER,
  lvs_netlink_cmd_rcv_bufs_force: CHECKER,
  checker_priority: CHECKER,
  checker_no_swap: CHECKER,
  checker_rt_priority: CHECKER,
  checker_rlimit_rttime: CHECKER,
  checker_cpu_affinity: CHECKER,
  checker_log_all_failures: CHECKER,
  rs_init_notifies: CHECKER,
  update_vs_stats_interval: CHECKER,
  bfd_priority: BFD,
  bfd_no_swap: BFD,
  bfd_rt_priority: BFD,
  bfd_rlimit_rttime: BFD,
  bfd_cpu_affinity: BFD,
  bfd_process_name: BFD,
  vrrp_no_swap: PROCESS,
  vrrp_rt_priority: PROCESS,
  vrrp_rlimit_rttime: PROCESS,
  vrrp_rlimit_rtime: PROCESS,
  vrrp_cpu_affinity: PROCESS,
  process_priority: PROCESS,
  max_auto_priority: PROCESS,
  min_auto_priority_delay: PROCESS,
  umask: PROCESS,
  process_names: PROCESS,
  process_name: PROCESS,
  vrrp_process_name: PROCESS,
  checker_process_name: PROCESS,
  vrrp_min_garp: 'set vrrp_garp_master_repeat and vrrp_garp_master_delay',
  vrrp_garp_extra_if: 'use vrrp_garp_master_refresh',
  vrrp_garp_lower_prio_rate: 'at most one burst an interval is sent',
  vrrp_iptables: FIREWALL,
  vrrp_ipsets: FIREWALL,
  nftables: FIREWALL,
  nftables_priority: FIREWALL,
  nftables_counters: FIREWALL,
  nftables_ifindex: FIREWALL,
  iptables: FIREWALL,
  vrrp_netlink_monitor_rcv_bufs: KERNEL,
  vrrp_netlink_monitor_rcv_bufs_force: KERNEL,
  vrrp_netlink_cmd_rcv_bufs: KERNEL,
  vrrp_netlink_cmd_rcv_bufs_force: KERNEL,
  vrrp_rx_bufs_policy: KERNEL,
  vrrp_rx_bufs_multiplier: KERNEL,
  process_monitor_rcv_bufs: KERNEL,
  process_monitor_rcv_bufs_force: KERNEL,
  disable_local_igmp: KERNEL,
  random_seed: KERNEL,
  vmac_prefix: 'name the interface with use_vmac',
  vmac_addr_prefix: 'name the interface with use_vmac',
  log_unknown_vrids: 'refused packets are always counted and logged once',
  data_use_instance: FILES,
  state_dump_file: FILES,
  stats_dump_file: FILES,
  json_dump_file: FILES,
  config_save_dir: FILES,
  tmp_config_directory: FILES,
  reload_time_file: 'send SIGHUP when it is time',
  reload_repeat: 'send SIGHUP when it is time',
  reload_check_config: 'a bad new configuration never replaces a running one',
  reload_file: 'send SIGHUP',
  json_version: 'halabd status --json has a schema of its own',
  reload_date: 'send SIGHUP when it is time',
  default_interface: 'name the interface in each instance',
};

/** Inside vrrp_instance. */
export const UNSUPPORTED_INSTANCE: Readonly<Record<string, string>> = {
  smtp_alert: MAIL,
  lvs_sync_daemon_interface: CHECKER,
  track_bfd: BFD,
  vrf: 'halabd sends from the interface that is named',
  debug: 'see halabd status',
  linkbeat_use_polling: LINKBEAT,
  promote_secondaries: 'set the sysctl promote_secondaries',
  native_ipv6: 'the addresses say which family it is',
  old_unicast_checksum: 'the checksum of RFC 5798 and that of RFC 9568 are both accepted',
  kernel_rx_buf_size: KERNEL,
  garp_extra_if: 'use garp_master_refresh',
  garp_extra_if_vmac: 'use garp_master_refresh',
  timer_expired_backup: 'an Active that did not run for too long always steps down',
  no_virtual_ipaddress: '',
  dont_track_vmac: '',
  rs_priority: CHECKER,
};

/** Inside vrrp_sync_group. */
export const UNSUPPORTED_GROUP: Readonly<Record<string, string>> = {
  smtp_alert: MAIL,
  track_bfd: BFD,
  global_tracking: 'put the trackers into the group',
};
