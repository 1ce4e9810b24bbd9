/**
 * Sends random mutations of valid adverts at a steady rate, from the host's interface `lan`; needs the build:
 * node hostile-flood.mjs '{"source":"10.50.1.9","rate":10000,"count":100000,"seed":1}'. None of them may legally
 * take the virtual routers 51 (version 3) and 52 (version 2, password) from an Active of priority 150 at 10.50.1.11:
 * what has a higher priority has something that is wrong, too. Prints what it has sent, by kind, as JSON.
 */
import { openPacketSocket } from '../../dist/linux/packet-socket.js';
import { openRouteSocket } from '../../dist/linux/route-socket.js';
import { checksum } from '../../dist/net/checksum.js';
import { buildVrrpFrame } from '../../dist/net/frame.js';
import { encodeAdvert, simpleTextData } from '../../dist/net/vrrp-packet.js';
import { random } from '../../dist/random.js';

const { source, rate, count, seed } = JSON.parse(process.argv[2]);
const destination = '224.0.0.18';
const ACTIVE_PRIORITY = 150;
const DIALECTS = ['pseudo-header', 'rfc9568'];
const [IP_HEADER, TTL, MESSAGE] = [14, 22, 34];
const draws = random(seed, 'hostile');
/** From 0 to below `most`. */
const below = (most) => Math.floor(draws.next() * most);
const oneOf = (list) => list[below(list.length)];

const routes = openRouteSocket();
const { ifindex, mac } = routes.listLinks().find(({ name }) => name === 'lan');
routes.close();

const advert = (change = {}) => ({
  version: 3,
  family: 4,
  vrid: 51,
  priority: 254,
  interval: 1_000_000,
  addresses: ['10.50.1.100'],
  authType: 0,
  ...change,
});
const old = (change = {}) =>
  advert({
    version: 2,
    vrid: 52,
    addresses: ['10.50.1.101'],
    authType: 1,
    authData: simpleTextData('secret'),
    ...change,
  });
const either = (change) => (below(2) === 0 ? advert(change) : old(change));
const encode = (one, from = source) =>
  encodeAdvert(one, { source: from, destination }, oneOf(DIALECTS));
const frame = (message, from = source) =>
  buildVrrpFrame({ sourceMac: mac, source: from, destination }, message);
const anybody = () => `10.${below(256)}.${below(256)}.${1 + below(254)}`;
/** 1 to 149; 0 only from ourselves, whom the Active hears and answers. */
const lower = () => 1 + below(ACTIVE_PRIORITY - 1);

/** The kernel drops a header with a wrong sum before anybody looks. */
function summed(bytes, headerBytes = 20) {
  bytes[IP_HEADER + 10] = 0;
  bytes[IP_HEADER + 11] = 0;
  const sum = checksum(bytes, IP_HEADER, IP_HEADER + headerBytes);
  bytes[IP_HEADER + 10] = sum >> 8;
  bytes[IP_HEADER + 11] = sum & 0xff;
  return bytes;
}

function changed(bytes, at, value) {
  bytes[at] = value;
  return bytes;
}

/** A new sum over the message, as version 3 in its own dialect and version 2 have it. */
function resummed(message) {
  message[6] = 0;
  message[7] = 0;
  const sum = checksum(message);
  message[6] = sum >> 8;
  message[7] = sum & 0xff;
  return message;
}

function withOptions(bytes) {
  const words = 1 + below(10);
  const whole = new Uint8Array(bytes.length + words * 4);
  whole.set(bytes.subarray(0, MESSAGE));
  for (let i = 0; i < words * 4; i++) whole[MESSAGE + i] = oneOf([0, 1, 1, below(256)]);
  whole.set(bytes.subarray(MESSAGE), MESSAGE + words * 4);
  whole[IP_HEADER] = 0x45 + words;
  const length = whole.length - IP_HEADER;
  whole[IP_HEADER + 2] = length >> 8;
  whole[IP_HEADER + 3] = length & 0xff;
  return summed(whole, 20 + words * 4);
}

/** Any bytes in it are any others; a sum that fits by chance must not make it a better router. */
function scrambled() {
  const message = encode(either({ priority: lower() }), source);
  for (let i = 1 + below(4); i > 0; i--) message[below(message.length)] = below(256);
  if (message[2] >= ACTIVE_PRIORITY) message[2] = lower();
  return frame(message);
}

const KINDS = {
  // Wrong in both dialects: a sum that is right in one of them makes a valid advert of priority 254.
  checksum: () => {
    const [one, from] = [either(), anybody()];
    const right = DIALECTS.map((dialect) =>
      encodeAdvert(one, { source: from, destination }, dialect).subarray(6, 8).join(),
    );
    const message = encode(one);
    do message[7] = below(256);
    while (right.includes(message.subarray(6, 8).join()));
    return frame(message, from);
  },
  ttl: () => summed(changed(frame(encode(either())), TTL, below(255))),
  password: () => frame(encode(old({ authData: simpleTextData(String(below(1e8))) }))),
  'auth type': () => frame(encode(old({ authType: oneOf([0, 2, 3, 255]) }))),
  short: () => {
    const message = encode(either());
    return frame(message.subarray(0, below(message.length)), anybody());
  },
  long: () => {
    const message = encode(either({ priority: lower() }));
    const whole = new Uint8Array(message.length + 1 + below(1_200));
    whole.set(message);
    for (let i = message.length; i < whole.length; i++) whole[i] = below(256);
    return frame(below(2) === 0 ? whole : resummed(whole));
  },
  'other vrid': () => frame(encode(either({ vrid: oneOf([1, 50, 53, 1 + below(50)]) }))),
  'lower priority': () => frame(encode(either({ priority: lower() }))),
  'lower priority, forged sender': () => {
    const from = oneOf([anybody(), '10.50.1.11', '10.50.1.12', '224.0.0.18', '127.0.0.1']);
    return frame(encode(either({ priority: lower() }), from), from);
  },
  'equal priority': () => frame(encode(either({ priority: ACTIVE_PRIORITY }))),
  'priority 0': () => frame(encode(either({ priority: 0 }))),
  version: () => {
    const message = encode(advert());
    return frame(resummed(changed(message, 0, (oneOf([0, 1, 4, 7, 15]) << 4) | 1)));
  },
  'other version': () =>
    frame(encode(below(2) === 0 ? advert({ vrid: 52 }) : old({ vrid: 51, authType: 0 }))),
  type: () => {
    const message = encode(either());
    return frame(resummed(changed(message, 0, (message[0] & 0xf0) | oneOf([0, 2, 9, 15]))));
  },
  addresses: () => frame(resummed(changed(encode(either()), 3, oneOf([0, 2, 20, 255])))),
  interval: () => frame(encode(either({ priority: lower(), interval: below(256) * 1_000_000 }))),
  'no interval': () => frame(encode(advert({ interval: 0 }))),
  options: () => withOptions(frame(encode(either({ priority: lower() })))),
  random: () => frame(Uint8Array.from({ length: below(64) }, () => below(128))),
  scrambled,
};
const names = Object.keys(KINDS);

const socket = openPacketSocket();
const sent = Object.fromEntries(names.map((name) => [name, 0]));
const failed = {};
let done = 0;
const began = process.hrtime.bigint();
const elapsed = () => Number(process.hrtime.bigint() - began) / 1e9;

function tick() {
  const due = Math.min(count, Math.floor(elapsed() * rate));
  // What could not be sent in time is made up for, but not all at once.
  const until = Math.min(due, done + rate / 20);
  for (; done < until; done++) {
    const name = oneOf(names);
    const outcome = socket.send(ifindex, KINDS[name]());
    if (outcome === 'done') sent[name]++;
    else failed[outcome] = (failed[outcome] ?? 0) + 1;
  }
  if (done < count) setTimeout(tick, 1);
  else console.log(JSON.stringify({ seconds: elapsed(), sent, failed }));
}
tick();
