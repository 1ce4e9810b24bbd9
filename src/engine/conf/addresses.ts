/** Virtual and static addresses in the syntax of ip(8); unicast peers. */
import { type Family, family, formatPrefix, type IpAddress, parseIp } from '../../net/address.ts';
import { lastAddress, networkAddress } from '../../net/prefix.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { UnicastPeer, VirtualAddress } from '../core/config-address.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { addressAt, integerAt } from '../text/values.ts';
import { IP, whole } from './codec.ts';
import { block, fieldOf, type Mutable, type Row, type Rows, rowOf } from './keyword.ts';
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

interface Option {
  /** Whether the word fits: otherwise keepalived leaves the address out. */
  readonly fits?: (draft: Draft, text: string) => boolean;
  readonly read: (draft: Draft, value: Token, word: Token) => void;
}

const BROADCAST: Option = {
  fits: ({ address }, text) =>
    family(address) === 4 && (text === '-' || text === '+' || isFamily(parseIp(text), 4)),
  read: (draft, { text }) => {
    draft.broadcast = parseIp(text) ?? (text as '-' | '+');
  },
};

/** Words with a value behind them. */
const OPTIONS: Readonly<Record<string, Option>> = {
  dev: {
    fits: (draft, text) => draft.interface === undefined && /^[^\s/]{1,15}$/.test(text),
    read: (draft, { text }) => {
      draft.interface = text;
    },
  },
  scope: {
    read: (draft, value) => {
      const scope = rowOf(SCOPES, value.text);
      if (scope === undefined || family(draft.address) === 6)
        value.warning('scope is host, link, site, global or nowhere, of IPv4: ignored');
      else draft.scope = scope;
    },
  },
  broadcast: BROADCAST,
  brd: BROADCAST,
  label: {
    fits: (_, text) => text.length <= 15,
    read: (draft, { text }, word) => {
      if (family(draft.address) === 6) word.warning('an IPv6 address has no label: ignored');
      else draft.label = text;
    },
  },
  peer: {
    read: (draft, value) => {
      const peer = parseIp(value.text);
      if (!isFamily(peer, family(draft.address)) || draft.peer !== undefined)
        value.warning('peer takes one address of the same family: ignored');
      else Object.assign(draft, { peer, length: family(draft.address) === 4 ? 32 : 128 });
    },
  },
  preferred_lft: { read: () => {} },
  track_group: {
    read: (draft, { text }) => {
      draft.track = { kind: 'group', name: text };
    },
  },
};

function isFamily(address: IpAddress | undefined, which: Family): boolean {
  return address !== undefined && family(address) === which;
}

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
    const option = rowOf(OPTIONS, word.text);
    if (option === undefined) {
      readFlag(address, word);
      continue;
    }
    const value = values[++i];
    if (value === undefined || option.fits?.(address, value.text) === false)
      return word.warning(`${word.text} needs a value that fits: ${keyword.text} is left out`);
    option.read(address, value, word);
  }
  return { address: resolved(address, keyword), at: keyword, ownVmac };
}

function readFlag(draft: Draft, word: Token): void {
  const flag = FLAGS.find((flag) => flag === word.text);
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
  // keepalived: an empty length after the slash is 0.
  const given = length === '' ? 0 : Number.parseInt(length ?? `${most}`, 10);
  const fits = given >= 0 && given <= most;
  if (!fits || !/^\d+$/.test(length ?? '0'))
    keyword.warning(`"/${length}" is no prefix length of ${text}`);
  return { address, length: fits ? given : most };
}

/** `+` and `-` worked out of the prefix: its host bits all ones, or all zeros. */
function resolved({ broadcast, ...draft }: Draft, at: Token): VirtualAddress {
  if (broadcast === undefined) return draft;
  if (draft.peer !== undefined || ((broadcast === '+' || broadcast === '-') && draft.length > 30)) {
    at.warning('there is no broadcast address: it is ignored');
    return draft;
  }
  if (broadcast === '+') return { ...draft, broadcast: lastAddress(draft) };
  return { ...draft, broadcast: broadcast === '-' ? networkAddress(draft) : broadcast };
}

/** Lists with addresses of one family only, the family of the first address. */
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

export function printAddress(address: VirtualAddress): string {
  return [
    formatPrefix(address),
    ...(address.broadcast === undefined ? [] : ['brd', address.broadcast]),
    ...(address.interface === undefined ? [] : ['dev', quoteWord(address.interface)]),
    ...(address.scope === undefined ? [] : ['scope', address.scope]),
    ...(address.label === undefined ? [] : ['label', quoteWord(address.label)]),
    ...(address.peer === undefined ? [] : ['peer', address.peer]),
    ...(address.flags ?? []),
    ...(address.vmac === undefined ? [] : ['use_vmac']),
    ...trackWords(address.track),
  ].join(' ');
}

export type UnicastDraft = OfOneFamily & ReturnType<typeof newUnicast> & { checkSource: boolean };

export function newUnicast() {
  return {
    peers: [] as UnicastPeer[],
    /** A unicast keyword was given; without a peer the instance is still multicast. */
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
      const found = IP.read(statement);
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
function unicastFlag(key: 'checkSource' | 'faultNoPeer', doc: string, since: string): InstanceRow {
  return {
    shape: 'words',
    doc,
    default: 'off',
    since,
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
  unicast_ttl: fieldOf('unicastTtl', ({ unicast }) => (unicast?.peers.length ? unicast.ttl : undefined), whole(0, 255, 'strict'), 'The TTL of adverts to unicast peers.', { default: 255, always: true, since: '2.1.0' }),
  check_unicast_src: unicastFlag('checkSource', 'Refuses adverts of routers that are no unicast peers.', '2.1.0'),
  unicast_fault_no_peer: unicastFlag('faultNoPeer', 'FAULT, instead of multicast, without a unicast peer.', '2.2.5'),
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
