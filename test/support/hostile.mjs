/** Sends VRRP packets that must not be believed for a while: node hostile.mjs SOURCE MILLISECONDS */
import { openPacketSocket } from '../../dist/linux/packet-socket.js';
import { openRouteSocket } from '../../dist/linux/route-socket.js';
import { buildVrrpFrame } from '../../dist/net/frame.js';
import { encodeAdvert } from '../../dist/net/vrrp-packet.js';

const [source, length] = [process.argv[2], Number(process.argv[3])];
const link = openRouteSocket()
  .listLinks()
  .find(({ name }) => name === 'lan');
const socket = openPacketSocket();
const destination = '224.0.0.18';
const advert = {
  version: 3,
  family: 4,
  vrid: 51,
  priority: 254,
  interval: 100_000,
  addresses: ['10.50.1.100'],
  authType: 0,
};
const good = encodeAdvert(advert, { source, destination }, 'pseudo-header');
const change = (patch) => {
  const message = Uint8Array.from(good);
  patch(message);
  return message;
};
const frame = (message) => buildVrrpFrame({ sourceMac: link.mac, source, destination }, message);
const lowTtl = frame(good);
lowTtl[22] = 64;
// The header's checksum must be right, or the kernel would drop it before anybody looks.
lowTtl[24] = 0;
lowTtl[25] = 0;
let sum = 0;
for (let i = 14; i < 34; i += 2) sum += (lowTtl[i] << 8) | lowTtl[i + 1];
sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
lowTtl[24] = sum >> 8;
lowTtl[25] = sum & 0xff;
const hostile = [
  frame(change((message) => (message[7] ^= 0xff))),
  frame(change((message) => (message[0] = 0x41))),
  frame(good.subarray(0, 9)),
  frame(new Uint8Array(3)),
  lowTtl,
];
let sent = 0;
const timer = setInterval(() => socket.send(link.ifindex, hostile[sent++ % hostile.length]), 20);
setTimeout(() => clearInterval(timer), length);
