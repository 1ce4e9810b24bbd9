/** Virtual and static addresses, in the words of ip(8); unicast peers. */
import {
  type Family,
  family,
  formatPrefix,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  parseIp,
} from '../../net/address.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { UnicastPeer, VirtualAddress } from '../core/config-address.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { address, addressAt, integerAt } from '../text/values.ts';
import { whole } from './codec.ts';
import { block, input, type Mutable, type Row, type Rows } from './keyword.ts';
import { trackWords } from './routes.ts';

export interface PlacedAddress {
  readonly address: VirtualAddress;
  readonly at: Token;
  /** `use_vmac`. */
  readonly ownVmac: boolean;
}

type Draft = Mutable<Omit<VirtualAddress, 'broadcast'>> & { broadcast?: IpAddress | '+' | '-' };

/** Names and numbers of iproute2's rt_scopes. */
const SCOPES: Readonly<Record<string, VirtualAddress['scope']>> = {
  global: 'global',
  '0': 'global',
  universe: 'global',
  site: 'site',
  '200': 'site',
  link: 'link',
  '253': 'link',
  host: 'host',
  '254': 'host',
  nowhere: 'nowhere',
  '255': 'nowhere',
};
const FLAGS = ['home', '-nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin'] as const;
const WITH_VALUE = [
  'dev',
  'scope',
  'broadcast',
  'brd',
  'label',
  'peer',
  'preferred_lft',
  'track_group',
];

/** One entry of `virtual_ipaddress` or `static_ipaddress`; undefined if keepalived leaves it out. */
export function readAddress(
  { keyword, values }: Statement,
  place: 'virtual' | 'static',
): PlacedAddress | undefined {
  const address = addressOf(keyword);
  if (address === undefined) return undefined;
  const ownVmac = place === 'virtual' && values.some(({ text }) => text === 'use_vmac');
  for (let i = 0; i < values.length; i++) {
    const word = values[i];
    if (word === undefined) continue;
    if (!WITH_VALUE.includes(word.text)) {
      readFlag(address, word);
      continue;
    }
    const value = values[++i];
    if (value !== undefined && readOption(address, word, value)) continue;
    return word.warning(`${word.text} needs a value that fits: ${keyword.text} is left out`);
  }
  return { address: resolved(address, keyword), at: keyword, ownVmac };
}

function readFlag(draft: Draft, word: Token): void {
  const flag = FLAGS.find((one) => one === word.text);
  if (word.text === 'no_track') draft.track = { kind: 'none' };
  else if (word.text === 'use_vmac') return;
  else if (flag !== undefined) draft.flags = [...(draft.flags ?? []), flag];
  else word.warning(`unknown address option "${word.text}": ignored`);
}

function addressOf(keyword: Token): Draft | undefined {
  const [text = '', length] = keyword.text.split('/');
  const address = parseIp(text);
  if (address === undefined) {
    const hint = 'Write ADDRESS or ADDRESS/LENGTH.';
    return keyword.warning(`not an address: "${keyword.text}": ignored`, hint);
  }
  const most = family(address) === 4 ? 32 : 128;
  // keepalived: nothing behind the slash is 0.
  const given = length === '' ? 0 : Number.parseInt(length ?? `${most}`, 10);
  const fits = given >= 0 && given <= most;
  if (!fits || !/^\d+$/.test(length ?? '0'))
    keyword.warning(`"/${length}" is no prefix length of ${text}`);
  return { address, length: fits ? given : most };
}

/** Whether the address stays. */
function readOption(draft: Draft, word: Token, value: Token): boolean {
  const { text } = value;
  const six = family(draft.address) === 6;
  switch (word.text) {
    case 'track_group':
      draft.track = { kind: 'group', name: text };
      return true;
    case 'dev':
      if (draft.interface !== undefined || !/^[^\s/]{1,15}$/.test(text)) return false;
      draft.interface = text;
      return true;
    case 'label':
      if (text.length > 15) return false;
      if (six) word.warning('an IPv6 address has no label: ignored');
      else draft.label = text;
      return true;
    case 'scope': {
      const scope = Object.hasOwn(SCOPES, text) ? SCOPES[text] : undefined;
      if (scope === undefined || six)
        value.warning('scope is host, link, site, global or nowhere, of IPv4: ignored');
      else draft.scope = scope;
      return true;
    }
    case 'brd':
    case 'broadcast':
      return readBroadcast(draft, text);
    case 'peer':
      readPointToPoint(draft, value);
      return true;
    default:
      return true;
  }
}

function readBroadcast(draft: Draft, text: string): boolean {
  const given = parseIp(text);
  const valid = text === '-' || text === '+' || (given !== undefined && family(given) === 4);
  if (!valid || family(draft.address) === 6) return false;
  draft.broadcast = given ?? (text as '-' | '+');
  return true;
}

function readPointToPoint(draft: Draft, value: Token): void {
  const peer = parseIp(value.text);
  if (peer === undefined || family(peer) !== family(draft.address) || draft.peer !== undefined)
    value.warning('peer takes one address of the same family: ignored');
  else Object.assign(draft, { peer, length: family(peer) === 4 ? 32 : 128 });
}

/** `+` and `-` worked out of the prefix: its host bits all ones, or all zeros. */
function resolved({ broadcast, ...draft }: Draft, at: Token): VirtualAddress {
  if (broadcast === undefined) return draft;
  if (draft.peer !== undefined || ((broadcast === '+' || broadcast === '-') && draft.length > 30)) {
    at.warning('there is no broadcast address: it is ignored');
    return draft;
  }
  if (broadcast !== '+' && broadcast !== '-') return { ...draft, broadcast };
  const host = 2 ** (32 - draft.length) - 1;
  const value = ipToBytes(draft.address).reduce((sum, byte) => sum * 256 + byte, 0);
  const network = value - (value % (host + 1));
  const bits = broadcast === '+' ? network + host : network;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256);
  return { ...draft, broadcast: ipFromBytes(Uint8Array.from(bytes)) };
}

/** What takes only addresses of one family, which its first address decides. */
export interface OfOneFamily {
  family?: Family | undefined;
  readonly name: string;
}

/** An address of the instance's family, which the first one decides. */
export function joins(
  draft: OfOneFamily,
  found: IpAddress | undefined,
  at: Token,
): found is IpAddress {
  if (found === undefined) return false;
  draft.family ??= family(found);
  if (family(found) === draft.family) return true;
  at.warning(`${found} is of another family than "${draft.name}": ignored`);
  return false;
}

export function printAddress(one: VirtualAddress): string {
  return [
    formatPrefix(one),
    ...(one.broadcast === undefined ? [] : ['brd', one.broadcast]),
    ...(one.interface === undefined ? [] : ['dev', quoteWord(one.interface)]),
    ...(one.scope === undefined ? [] : ['scope', one.scope]),
    ...(one.label === undefined ? [] : ['label', quoteWord(one.label)]),
    ...(one.peer === undefined ? [] : ['peer', one.peer]),
    ...(one.flags ?? []),
    ...(one.vmac === undefined ? [] : ['use_vmac']),
    ...trackWords(one.track),
  ].join(' ');
}

export type UnicastDraft = OfOneFamily & ReturnType<typeof newUnicast> & { checkSource: boolean };

export function newUnicast() {
  return {
    peers: [] as UnicastPeer[],
    /** A keyword of unicast stands here; without a peer the instance is multicast all the same. */
    unicastGiven: false,
    unicastTtl: undefined as number | undefined,
    faultNoPeer: false,
    source: undefined as IpAddress | undefined,
  };
}

type InstanceRow = Row<UnicastDraft, VrrpInstanceConfig>;

function source(kind: 'mcast' | 'unicast', doc: string): InstanceRow {
  return {
    shape: 'value',
    type: 'an IP address',
    default: 'the first address of the interface',
    doc,
    read: (draft, statement) => {
      draft.unicastGiven ||= kind === 'unicast';
      const found = address(statement);
      if (found === undefined) return;
      const same = joins(draft, found, statement.values[0] ?? statement.keyword);
      draft.source = same ? found : undefined;
    },
    print: (instance, keyword) =>
      instance.source === undefined || (instance.unicast === undefined) !== (kind === 'mcast')
        ? []
        : [`${keyword} ${instance.source}`],
  };
}

export const SOURCE: Rows<UnicastDraft, VrrpInstanceConfig> = {
  mcast_src_ip: source('mcast', 'The source of adverts to the multicast group.'),
  unicast_src_ip: source('unicast', 'The source of adverts to unicast peers.'),
};

/** A flag of unicast, which is one of `unicast` in the configuration. */
function unicastFlag(key: 'checkSource' | 'faultNoPeer', doc: string): InstanceRow {
  return {
    shape: 'words',
    doc,
    default: 'off',
    read: (draft) => {
      draft.unicastGiven = true;
      draft[key] = true;
    },
    print: ({ unicast }, keyword) => (unicast?.[key] === true ? [keyword] : []),
  };
}

// biome-ignore format: a table, one keyword a line
export const UNICAST: Rows<UnicastDraft, VrrpInstanceConfig> = {
  unicast_peer: {
    shape: 'lines',
    type: 'ADDRESS [min_ttl N] [max_ttl N]',
    doc: 'The routers that adverts are sent to, instead of the multicast group.',
    read: (draft, { block: entries }) => {
      draft.unicastGiven = true;
      for (const entry of entries ?? []) {
        const peer = readPeer(draft, entry);
        if (peer === undefined) continue;
        draft.peers.push(peer);
        draft.checkSource ||= peer.minTtl !== undefined || peer.maxTtl !== undefined;
      }
    },
    print: ({ unicast }, keyword) => {
      const limit = (name: string, value: number | undefined): string =>
        value === undefined ? '' : ` ${name} ${value}`;
      const lines = unicast?.peers.map(
        ({ address: peer, minTtl, maxTtl }) =>
          `${peer}${limit('min_ttl', minTtl)}${limit('max_ttl', maxTtl)}`,
      );
      return lines === undefined ? [] : block(keyword, lines);
    },
  },
  unicast_ttl: {
    ...input('unicastTtl', whole(0, 255, 'strict'), 'The TTL of adverts to unicast peers.', { default: 255 }),
    since: '2.1.0',
    print: ({ unicast }, keyword) =>
      unicast === undefined || unicast.peers.length === 0 ? [] : [`${keyword} ${unicast.ttl}`],
  },
  check_unicast_src: unicastFlag('checkSource', 'Refuses adverts of routers that are no unicast peers.'),
  unicast_fault_no_peer: unicastFlag('faultNoPeer', 'FAULT, instead of multicast, without a unicast peer.'),
};

/** `ADDRESS [min_ttl N] [max_ttl N]`. */
function readPeer(draft: OfOneFamily, { keyword, values }: Statement): UnicastPeer | undefined {
  const found = addressAt(keyword.text);
  if (found === undefined) keyword.warning(`not an address: "${keyword.text}"`);
  if (!joins(draft, found, keyword)) return undefined;
  const peer: Mutable<UnicastPeer> = { address: found, minTtl: undefined, maxTtl: undefined };
  for (let i = 0; i < values.length; i += 2) {
    const [word, given] = [values[i], values[i + 1]];
    if (word === undefined || given === undefined) {
      (word ?? keyword).warning('a limit of the TTL needs a number: ignored');
      break;
    }
    const value = integerAt(given, word, 0, 255, 'strict');
    if (word.text === 'min_ttl') peer.minTtl = value;
    else if (word.text === 'max_ttl') peer.maxTtl = value;
    else {
      word.warning(`unknown word "${word.text}"`, 'Known here: min_ttl, max_ttl.');
      break;
    }
  }
  return peer;
}
