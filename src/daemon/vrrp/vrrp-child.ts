/** Entry of the vrrp child. */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { runChild } from '../process/child.ts';
import type { VrrpChildMessage, VrrpOrder } from './vrrp-messages.ts';
import { VrrpProcess } from './vrrp-process.ts';

runChild<VrrpOrder, VrrpInput, object, VrrpChildMessage>('vrrp', (order, tools) => {
  const vrrp = new VrrpProcess(order, tools);
  vrrp.start(order.resume);
  return vrrp;
});
