/** Keywords of keepalived that are known, accepted and without effect here, and why. */
const BFD = 'halabd has no BFD';

/** Inside virtual_server, real_server and checkers. */
export const UNSUPPORTED_SERVER: Readonly<Record<string, string>> = {
  BFD_CHECK: BFD,
  // A name for an MIB's table.
  snmp_name: '',
  hashed: 'the kernel sets it',
};
