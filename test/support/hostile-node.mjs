/**
 * A node that tries everything to get out of its lab: node hostile-node.mjs SPEC, in a container with NET_ADMIN
 * and NET_RAW. Through its kernel (TCP, UDP, ICMP, names, with routes and neighbours that it sets itself) and
 * as raw frames. SPEC is JSON: { bridge: MAC, port, marker, hosts: [v4], hosts6: [v6], outside: [v4], outside6 }.
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { openPacketSocket } from '/opt/halab/dist/linux/packet-socket.js';
import { openRouteSocket } from '/opt/halab/dist/linux/route-socket.js';
import { ipToBytes, macToBytes } from '/opt/halab/dist/net/address.js';

const { bridge, port, marker, hosts, hosts6, outside, outside6 } = JSON.parse(process.argv.at(-1));
const link = openRouteSocket()
  .listLinks()
  .find(({ name }) => name === 'lan');
const OWN = '10.0.0.66';
const OWN6 = 'fe80::66';
const ip = (...args) => spawnSync('ip', args);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The kernel's own way: everything is next door, and next door is the bridge.
ip('addr', 'add', `${OWN}/24`, 'dev', 'lan');
ip('route', 'add', 'default', 'dev', 'lan', 'src', OWN);
ip('-6', 'route', 'add', 'default', 'dev', 'lan');
ip('route', 'del', 'unreachable', '127.0.0.11', 'table', 'local');
for (const address of [...hosts, ...outside, ...hosts6, ...outside6])
  ip('neigh', 'replace', address, 'lladdr', bridge, 'dev', 'lan');

const udp4 = createSocket('udp4');
const udp6 = createSocket('udp6');
udp4.on('error', () => {});
udp6.on('error', () => {});
const scoped = (address) => (address.startsWith('fe80') ? `${address}%lan` : address);
let connected = 0;
for (const host of [...hosts, ...outside, ...hosts6.map(scoped), ...outside6]) {
  const socket = connect({ host, port, timeout: 1_000 });
  socket.on('connect', () => connected++).on('error', () => {});
  socket.on('timeout', () => socket.destroy());
}
for (let round = 0; round < 3; round++) {
  for (const host of [...hosts, ...outside]) udp4.send(marker, port, host, () => {});
  for (const host of [...hosts6.map(scoped), ...outside6]) udp6.send(marker, port, host, () => {});
  await sleep(20);
}
const resolver = new Resolver({ timeout: 300, tries: 1 });
resolver.setServers(['127.0.0.11']);
let resolved = 0;
await resolver.resolve4(`${marker}.example`).then(
  () => resolved++,
  () => {},
);

// Raw frames: to the bridge, to everybody, to the reserved groups, tagged and not.
const socket = openPacketSocket();
const bytes = (...parts) => Buffer.concat(parts.map((one) => Buffer.from(one)));
const word = (value) => [(value >> 8) & 0xff, value & 0xff];
const sum = (buffer) => {
  let total = 0;
  for (let i = 0; i < buffer.length; i += 2) total += (buffer[i] << 8) + (buffer[i + 1] ?? 0);
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
};
const ipv4 = (target, protocol, payload) => {
  const header = bytes(
    [0x45, 0],
    word(20 + payload.length),
    [0, 1, 0, 0, 64, protocol, 0, 0],
    ipToBytes(OWN),
    ipToBytes(target),
  );
  header.writeUInt16BE(sum(header), 10);
  return bytes(header, payload);
};
const ipv6 = (target, protocol, payload) =>
  bytes(
    [0x60, 0, 0, 0],
    word(payload.length),
    [protocol, 64],
    ipToBytes(OWN6),
    ipToBytes(target),
    payload,
  );
const checked6 = (target, protocol, payload, at) => {
  const pseudo = bytes(ipToBytes(OWN6), ipToBytes(target), [0, 0], word(payload.length), [
    0,
    0,
    0,
    protocol,
  ]);
  const copy = Buffer.from(payload);
  copy.writeUInt16BE(sum(bytes(pseudo, payload)), at);
  return ipv6(target, protocol, copy);
};
const datagram = bytes(word(port), word(port), word(8 + marker.length), [0, 0], marker);
const echo = (type) => {
  const message = bytes([type, 0, 0, 0, 0, 1, 0, 1], marker);
  if (type === 8) message.writeUInt16BE(sum(message), 2);
  return message;
};
const arp = (target) =>
  bytes(
    [0, 1, 8, 0, 6, 4, 0, 1],
    macToBytes(link.mac),
    ipToBytes(OWN),
    Buffer.alloc(6),
    ipToBytes(target),
  );
const packets = [
  ...[...hosts, ...outside].flatMap((one) => [
    [0x0806, arp(one)],
    [0x0800, ipv4(one, 17, datagram)],
    [0x0800, ipv4(one, 1, echo(8))],
  ]),
  ...[...hosts6, ...outside6, 'ff02::1'].flatMap((one) => [
    [0x86dd, checked6(one, 17, datagram, 6)],
    [0x86dd, checked6(one, 58, echo(128), 2)],
    [
      0x86dd,
      checked6(
        'ff02::1',
        58,
        bytes([135, 0, 0, 0, 0, 0, 0, 0], ipToBytes(one), [1, 1], macToBytes(link.mac)),
        2,
      ),
    ],
  ]),
  [0x88cc, bytes(marker)],
  [0x9000, bytes(marker)],
];
const targets = [
  bridge,
  'ff:ff:ff:ff:ff:ff',
  ...['00', '01', '02', '03', '0e'].map((end) => `01:80:c2:00:00:${end}`),
];
for (let round = 0; round < 3; round++) {
  for (const target of targets)
    for (const [type, packet] of packets) {
      const head = bytes(macToBytes(target), macToBytes(link.mac));
      socket.send(link.ifindex, bytes(head, word(type), packet));
      socket.send(link.ifindex, bytes(head, [0x81, 0, 0, 7], word(type), packet));
    }
  await sleep(50);
}
await sleep(1_200);
process.stdout.write(JSON.stringify({ connected, resolved }));
process.exit(0);
