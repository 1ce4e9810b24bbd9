/** What a topology means for one router: the configuration its keepalived.conf carries. */
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  plainConfig,
  type VrrpInstanceConfig,
} from '../engine/core/config.ts';
import type { Node, Topology } from '../topology/topology.ts';

/** One vrrp_instance for every virtual router the node is a member of, named after it. */
export function configOf(topology: Topology, node: Node): DaemonConfig {
  const instances = topology.virtualRouters.flatMap((router): VrrpInstanceConfig[] => {
    const member = router.members.find((one) => one.node === node.name);
    if (member === undefined) return [];
    return [
      {
        ...FEATURE_DEFAULTS,
        name: router.name,
        state: member.priority === 255 ? 'MASTER' : 'BACKUP',
        interface: router.network,
        vrid: router.vrid,
        priority: member.priority,
        advertInterval: member.advertInterval ?? router.advertInterval,
        version: router.version,
        family: router.family,
        preempt: member.preempt,
        preemptDelay: member.preemptDelay,
        accept: member.accept,
        addresses: member.addresses ?? router.addresses,
        authentication: router.authentication,
        profile: 'rfc9568',
        checksum: member.checksum,
      },
    ];
  });
  return plainConfig(instances, { routerId: node.name, vrrpVersion: 3 });
}
