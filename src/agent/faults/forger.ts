/** Sends forged adverts from a node, over a raw socket of its own, until it is stopped. */
import type { Forgery } from '../../fault/forge.ts';
import { forgedPacket } from '../../fault/forge.ts';
import { openRouteSocket } from '../../linux/route-socket.ts';
import { openVrrpSocket } from '../../linux/vrrp-socket.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';

export interface Forger {
  /** Why the first advert did not go out. */
  readonly problem: string | undefined;
  stop(): void;
}

export function startForger(forgery: Forgery): Forger {
  const routes = openRouteSocket();
  const link = routes.listLinks().find(({ name }) => name === forgery.network);
  routes.close();
  if (link === undefined)
    return { problem: `there is no interface ${forgery.network}`, stop: () => {} };
  const socket = openVrrpSocket({
    interface: link.name,
    ifindex: link.ifindex,
    family: 4,
    use: 'vrrp',
    groups: [],
    to: undefined,
    limits: [],
    onPacket: () => {},
  });
  const { message, ttl } = forgedPacket(forgery);
  const to = { source: forgery.source, destination: VRRP_GROUP[4], ttl };
  let left = forgery.count ?? Number.POSITIVE_INFINITY;
  const send = (): string | undefined => {
    if (--left <= 0) clearInterval(timer);
    return socket.send(message, to);
  };
  const timer = setInterval(send, forgery.every / 1_000);
  const problem = send();
  return {
    problem,
    stop: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}
