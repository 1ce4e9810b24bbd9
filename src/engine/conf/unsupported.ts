/**
 * Keywords of keepalived that are known, accepted and without effect here, and why; without a reason
 * nothing is lost and nothing is said.
 */

const SYNC = 'halabd does not synchronise connections; use ipvsadm --start-daemon';
/** No answer is older than a second. */
const SNMP = '';
const DBUS = 'halabd is not on D-Bus; see halabd status --json';
const KERNEL = 'the kernel and halab decide this';
const FILES = 'halabd has files of its own; see its options';
const BFD = 'halabd has no BFD';
/** no_accept works without them: halabd has one nftables table of its own, which needs no chain of the user's. */
const FIREWALL = '';
const LINKBEAT = 'netlink tells of the carrier; polling is not needed';

/** Whole blocks and words at the top level. */
export const UNSUPPORTED_TOP: Readonly<Record<string, string>> = {
  local_address_group: 'the kernel has no full NAT',
  bfd_instance: BFD,
  linkbeat_interfaces: LINKBEAT,
  net_namespace_ipvs: 'start halabd in the namespace (ip netns exec)',
  namespace_with_ipsets: FIREWALL,
};

/** Inside global_defs. */
export const UNSUPPORTED_GLOBAL: Readonly<Record<string, string>> = {
  snmp_vrrp_stats_update_interval: SNMP,
  snmp_rs_stats_update_interval: SNMP,
  snmp_vs_stats_update_interval: SNMP,
  enable_dbus: DBUS,
  dbus_service_name: DBUS,
  dbus_no_interface_name: DBUS,
  lvs_sync_daemon: SYNC,
  lvs_netlink_monitor_rcv_bufs: KERNEL,
  lvs_netlink_monitor_rcv_bufs_force: KERNEL,
  lvs_netlink_cmd_rcv_bufs: KERNEL,
  lvs_netlink_cmd_rcv_bufs_force: KERNEL,
  update_vs_stats_interval: 'the kernel counts; ipvsadm shows it',
  bfd_priority: BFD,
  bfd_no_swap: BFD,
  bfd_rt_priority: BFD,
  bfd_rlimit_rttime: BFD,
  bfd_cpu_affinity: BFD,
  bfd_process_name: BFD,
  vrrp_garp_extra_if: 'use vrrp_garp_master_refresh',
  vrrp_vmac_garp_intvl: 'use vrrp_garp_master_refresh',
  vrrp_garp_lower_prio_rate: 'at most one burst an interval is sent',
  vrrp_iptables: 'halabd has one nftables table of its own',
  vrrp_ipsets: 'halabd has one nftables table of its own',
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
  // Refused packets are always counted, and the first of each kind and source is logged.
  log_unknown_vrids: '',
  data_use_instance: FILES,
  state_dump_file: FILES,
  stats_dump_file: FILES,
  json_dump_file: FILES,
  config_save_dir: FILES,
  tmp_config_directory: FILES,
  reload_time_file: 'send SIGHUP when it is time',
  reload_repeat: 'send SIGHUP when it is time',
  // A bad new configuration never replaces a running one.
  reload_check_config: '',
  reload_file: 'send SIGHUP',
  json_version: 'halabd status --json has a schema of its own',
  reload_date: 'send SIGHUP when it is time',
};

/** Inside virtual_server, real_server and checkers. */
export const UNSUPPORTED_SERVER: Readonly<Record<string, string>> = {
  BFD_CHECK: BFD,
  // A name for an MIB's table.
  snmp_name: '',
  hashed: 'the kernel sets it',
};

/** Inside vrrp_instance. */
export const UNSUPPORTED_INSTANCE: Readonly<Record<string, string>> = {
  lvs_sync_daemon_interface: SYNC,
  track_bfd: BFD,
  vrf: 'halabd sends from the interface that is named',
  debug: 'see halabd status',
  linkbeat_use_polling: LINKBEAT,
  promote_secondaries: 'set the sysctl promote_secondaries',
  native_ipv6: 'the addresses say which family it is',
  old_unicast_checksum: 'the checksum of RFC 5798 and that of RFC 9568 are both accepted',
  kernel_rx_buf_size: KERNEL,
  garp_extra_if: 'use garp_master_refresh',
  vmac_garp_intvl: 'use garp_master_refresh',
  garp_extra_if_vmac: 'use garp_master_refresh',
  timer_expired_backup: 'an Active that did not run for too long always steps down',
  no_virtual_ipaddress: '',
  dont_track_vmac: '',
};

/** Inside vrrp_sync_group. */
export const UNSUPPORTED_GROUP: Readonly<Record<string, string>> = {
  track_bfd: BFD,
  global_tracking: 'put the trackers into the group',
};
