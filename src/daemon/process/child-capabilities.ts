/** Which of root's capabilities a child keeps: the network's, and those that its scheduling options need. */
import type { ProcessConfig } from '../../engine/core/config-process.ts';
import type { Capability } from '../../linux/capabilities.ts';

const NETWORK: readonly Capability[] = ['NET_ADMIN', 'NET_RAW'];

/** Of `vrrp_*` and `checker_*` options. */
export function capabilitiesOf(child: 'vrrp' | 'checker', config: ProcessConfig): Capability[] {
  const { nice, realTime, noSwap } = config[child];
  // A child starts with its parent's nice value.
  const isRaised = nice < Math.max(0, config.nice);
  const isHurried = realTime !== undefined || config.maxAutoPriority > 0;
  return [
    ...NETWORK,
    // A check may bind to a port below 1024.
    ...(child === 'checker' ? (['NET_BIND_SERVICE'] as const) : []),
    ...(noSwap ? (['IPC_LOCK'] as const) : []),
    ...(isRaised || isHurried ? (['SYS_NICE'] as const) : []),
  ];
}
