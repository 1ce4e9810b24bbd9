/** Faults of adverts in the simulator: filtered, or forged by a node's kernel. */
import type { FaultOf } from '../../fault/faults.ts';
import { forgedPacket } from '../../fault/forge.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { type Actions, type FaultyNode, OFF, type Order } from './actions.ts';
import { filterActions } from './filter.ts';

type Forge = FaultOf<'vrrp.forge'>;

export const VRRP_FAULTS = {
  'vrrp.block': filterActions(
    ({ direction }: FaultOf<'vrrp.block'>) => `protocol 112 filtered ${direction}`,
  ),
  'vrrp.lose': filterActions(
    ({ from }: FaultOf<'vrrp.lose'>) => `adverts from ${from.node} met the filter`,
  ),
  'vrrp.forge': {
    apply: (order, node) => {
      if (!node.kernel.up) return OFF;
      forge(order, node, 0);
      return { evidence: `adverts in the name of VRID ${order.fault.forgery.vrid} are sent` };
    },
  } satisfies Actions<Forge>,
};

/** Until the fault is healed, or as often as it specifies. */
function forge(order: Order<Forge>, node: FaultyNode, sent: number): void {
  const { forgery } = order.fault;
  const { source, network, every, count = Number.POSITIVE_INFINITY } = forgery;
  if (!order.inForce() || sent >= count) return;
  const about = { family: 4, source, destination: VRRP_GROUP[4] } as const;
  node.kernel.sendVrrp(network, { ...about, ...forgedPacket(forgery) });
  node.world.after(every, () => forge(order, node, sent + 1));
}
