/** Sends many adverts with one priority on the interface `lan`, in bursts of fifty; needs the build. */
import { openRouteSocket } from '../../dist/linux/route-socket.js';
import { openVrrpSocket } from '../../dist/linux/vrrp-socket.js';
import { encodeAdvert, VRRP_GROUP } from '../../dist/net/vrrp-packet.js';

const { priority, count, interval, source } = JSON.parse(process.argv[2]);
const routes = openRouteSocket();
const ifindex = routes.listLinks().find(({ name }) => name === 'lan').ifindex;
routes.close();
const options = { interface: 'lan', ifindex, family: 4, use: 'vrrp', groups: [], limits: [] };
const socket = openVrrpSocket({ ...options, to: undefined, onPacket: () => {} });
const ends = { source, destination: VRRP_GROUP[4] };
const advert = { version: 3, family: 4, vrid: 51, priority, interval, authType: 0 };
const message = encodeAdvert({ ...advert, addresses: ['10.50.1.100'] }, ends, 'pseudo-header');

let left = count;
const burst = () => {
  for (let i = 0; i < 50 && left > 0; i++, left--) socket.send(message, { ...ends, ttl: 255 });
  if (left > 0) setTimeout(burst, 1);
  else socket.close();
};
burst();
