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
import type { VirtualAddress } from '../core/config.ts';
import type { Findings } from './findings.ts';
import type { Mutable } from './keyword.ts';
import { quoteWord, type Token } from './lexer.ts';
import { trackWords } from './routes.ts';
import type { Statement } from './tree.ts';

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
  findings: Findings,
): PlacedAddress | undefined {
  const address = addressOf(keyword, findings);
  if (address === undefined) return undefined;
  const ownVmac = place === 'virtual' && values.some(({ text }) => text === 'use_vmac');
  for (let i = 0; i < values.length; i++) {
    const word = values[i];
    if (word === undefined) continue;
    if (!WITH_VALUE.includes(word.text)) {
      readFlag(address, word, findings);
      continue;
    }
    const value = values[++i];
    if (value !== undefined && readOption(address, word, value, findings)) continue;
    findings.warning(word, `${word.text} needs a value that fits: ${keyword.text} is left out`);
    return undefined;
  }
  return { address: resolved(address, keyword, findings), at: keyword, ownVmac };
}

function readFlag(draft: Draft, word: Token, findings: Findings): void {
  const flag = FLAGS.find((one) => one === word.text);
  if (word.text === 'no_track') draft.track = { kind: 'none' };
  else if (word.text === 'use_vmac') return;
  else if (flag !== undefined) draft.flags = [...(draft.flags ?? []), flag];
  else findings.warning(word, `unknown address option "${word.text}": ignored`);
}

function addressOf(keyword: Token, findings: Findings): Draft | undefined {
  const [text = '', length] = keyword.text.split('/');
  const address = parseIp(text);
  if (address === undefined) {
    const hint = 'Write ADDRESS or ADDRESS/LENGTH.';
    findings.warning(keyword, `not an address: "${keyword.text}": ignored`, hint);
    return undefined;
  }
  const most = family(address) === 4 ? 32 : 128;
  // keepalived: nothing behind the slash is 0.
  const given = length === '' ? 0 : Number.parseInt(length ?? `${most}`, 10);
  const fits = given >= 0 && given <= most;
  if (!fits || !/^\d+$/.test(length ?? '0'))
    findings.warning(keyword, `"/${length}" is no prefix length of ${text}`);
  return { address, length: fits ? given : most };
}

/** Whether the address stays. */
function readOption(draft: Draft, word: Token, value: Token, findings: Findings): boolean {
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
      if (six) findings.warning(word, 'an IPv6 address has no label: ignored');
      else draft.label = text;
      return true;
    case 'scope': {
      const scope = Object.hasOwn(SCOPES, text) ? SCOPES[text] : undefined;
      if (scope === undefined || six)
        findings.warning(value, 'scope is host, link, site, global or nowhere, of IPv4: ignored');
      else draft.scope = scope;
      return true;
    }
    case 'brd':
    case 'broadcast':
      return readBroadcast(draft, text);
    case 'peer':
      readPointToPoint(draft, value, findings);
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

function readPointToPoint(draft: Draft, value: Token, findings: Findings): void {
  const peer = parseIp(value.text);
  if (peer === undefined || family(peer) !== family(draft.address) || draft.peer !== undefined)
    findings.warning(value, 'peer takes one address of the same family: ignored');
  else Object.assign(draft, { peer, length: family(peer) === 4 ? 32 : 128 });
}

/** `+` and `-` worked out of the prefix: its host bits all ones, or all zeros. */
function resolved({ broadcast, ...draft }: Draft, at: Token, findings: Findings): VirtualAddress {
  if (broadcast === undefined) return draft;
  if (draft.peer !== undefined || ((broadcast === '+' || broadcast === '-') && draft.length > 30)) {
    findings.warning(at, 'there is no broadcast address: it is ignored');
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
  family?: Family;
  readonly name: string;
}

/** An address of the instance's family, which the first one decides. */
export function joins(
  draft: OfOneFamily,
  found: IpAddress | undefined,
  at: Token,
  findings: Findings,
): found is IpAddress {
  if (found === undefined) return false;
  draft.family ??= family(found);
  if (family(found) === draft.family) return true;
  findings.warning(at, `${found} is of another family than "${draft.name}": ignored`);
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
