/**
 * Keywords of keepalived that are known, accepted and without effect here, and why; without a reason
 * nothing is lost and nothing is said.
 */

const SYNC = 'halabd does not synchronise connections; use ipvsadm --start-daemon';
const KERNEL = 'the kernel and halab decide this';
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
