/** What is served over SNMP. Keywords in docstrings are keepalived's. */

export const SNMP_DEFAULTS = {
  /** `enable_snmp_vrrp` (also `enable_snmp_keepalived`) [false]: KEEPALIVED-MIB. */
  keepalived: false,
  /** `enable_snmp_checker` [false]: the servers of KEEPALIVED-MIB. */
  checker: false,
  /** `enable_snmp_rfcv2`, `enable_snmp_rfc` [false]: VRRP-MIB (RFC 2787). */
  rfcv2: false,
  /** `enable_snmp_rfcv3`, `enable_snmp_rfc` [false]: VRRPV3-MIB (RFC 6527). */
  rfcv3: false,
  /** `enable_traps` [false]. */
  traps: false,
  /** `snmp_socket` of the master agent: `unix:PATH`, `tcp:HOST:PORT` [unix:/var/agentx/master]. */
  socket: undefined as string | undefined,
};
export type SnmpConfig = Readonly<typeof SNMP_DEFAULTS>;

export type AgentAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

const AGENTX_PORT = 705;

/** Where the master agent listens; undefined: AgentX does not run over that. */
export function agentAddress(socket = 'unix:/var/agentx/master'): AgentAddress | undefined {
  const [, path] = /^(?:unix:)?(\/.+)$/.exec(socket) ?? [];
  if (path !== undefined) return { path };
  const [, host, port] = /^(?:tcp6?:)?(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(socket) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port ?? AGENTX_PORT) };
}
