/** Virtual and static addresses, routes and rules, in the words of ip(8). */
import { type Family, family, parseIp, parsePrefix } from '../../net/address.ts';
import type { Findings } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import { interfaceName } from './conf-values.ts';
import type { Track, VirtualAddress, VirtualRoute, VirtualRule } from './config.ts';

export interface PlacedAddress {
  readonly address: VirtualAddress;
  readonly at: Token;
  /** `use_vmac`. */
  readonly ownVmac: boolean;
}

const SCOPES = ['host', 'link', 'site', 'global'] as const;
const FLAGS = ['home', '-nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin'] as const;
/** Those whose value does not matter. */
const IGNORED = ['preferred_lft'];

/** One entry of `virtual_ipaddress`; undefined if it is none. */
export function readAddress(
  { keyword, values }: Statement,
  findings: Findings,
): PlacedAddress | undefined {
  const prefix = parsePrefix(keyword.text);
  if (prefix === undefined) {
    const hint = 'Write ADDRESS or ADDRESS/LENGTH.';
    findings.error(keyword, `not an address: "${keyword.text}"`, hint);
    return undefined;
  }
  const address: { -readonly [K in keyof VirtualAddress]: VirtualAddress[K] } = { ...prefix };
  let ownVmac = false;
  for (let i = 0; i < values.length; i++) {
    const word = values[i];
    if (word === undefined) continue;
    if (word.text === 'use_vmac') {
      ownVmac = true;
      continue;
    }
    if (word.text === 'no_track') {
      address.track = { kind: 'none' };
      continue;
    }
    const flag = FLAGS.find((one) => one === word.text);
    if (flag !== undefined) {
      address.flags = [...(address.flags ?? []), flag];
      continue;
    }
    if (IGNORED.includes(word.text)) i++;
    else readOption(address, word, values[++i], findings);
  }
  return { address, at: keyword, ownVmac };
}

function readOption(
  address: { -readonly [K in keyof VirtualAddress]: VirtualAddress[K] },
  word: Token,
  value: Token | undefined,
  findings: Findings,
): void {
  const text = value?.text ?? '';
  switch (word.text) {
    case 'track_group':
      if (value === undefined) findings.error(word, 'track_group takes a name');
      else address.track = { kind: 'group', name: text };
      return;
    case 'dev': {
      const name = interfaceName(value, word, findings);
      if (name !== undefined) address.interface = name;
      return;
    }
    case 'label':
      if (/^\S{1,15}$/.test(text)) address.label = text;
      else findings.error(value ?? word, 'label takes a word of at most 15 characters');
      return;
    case 'scope': {
      const scope = SCOPES.find((one) => one === text);
      if (scope !== undefined) address.scope = scope;
      else findings.error(value ?? word, `scope is one of ${SCOPES.join(', ')}`);
      return;
    }
    case 'brd':
    case 'broadcast': {
      const broadcast = text === '+' || text === '-' ? text : parseIp(text);
      if (broadcast !== undefined) address.broadcast = broadcast;
      else findings.error(value ?? word, `${word.text} takes an address, + or -`);
      return;
    }
    case 'peer': {
      const peer = parsePrefix(text)?.address;
      if (peer !== undefined) address.peer = peer;
      else findings.error(value ?? word, 'peer takes an address');
      return;
    }
    default:
      findings.error(
        word,
        `unknown address option "${word.text}"`,
        'Known here: dev, label, scope, brd, peer, home, -nodad, mngtmpaddr, noprefixroute, autojoin, no_track, track_group, use_vmac, preferred_lft.',
      );
  }
}

const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
];

/** `[src A] [to] PREFIX [via|gw A] [dev I] ...`: the destination first, `gw` as `via`. */
export function readRoute(
  { keyword, values, block }: Statement,
  findings: Findings,
): VirtualRoute | undefined {
  if (block !== undefined) {
    findings.error(keyword, 'a route has no block');
    return undefined;
  }
  const { rest: own, ...tracked } = ownWordsOut([keyword, ...values], findings);
  const words = own.map((token) => ({
    ...token,
    text: token.text === 'gw' ? 'via' : token.text,
  }));
  const at = words.findIndex(
    (word, i) => isDestination(word.text) && !takesValue(words[i - 1]?.text),
  );
  const destination = words[at];
  if (destination === undefined) {
    findings.error(keyword, 'a route needs a destination', 'Write ADDRESS/LENGTH or default.');
    return undefined;
  }
  const type = words[at - 1];
  const typed = type !== undefined && ROUTE_TYPES.includes(type.text);
  const rest = words.filter(
    (word, i) => i !== at && word.text !== 'to' && !(typed && i === at - 1),
  );
  const near = rest.map(({ text }) => text);
  const six = [destination.text, ...near].some(
    (text) => parsePrefix(text) !== undefined && text.includes(':'),
  );
  return {
    family: six ? 6 : 4,
    words: [...(typed ? [type.text] : []), destination.text, ...near],
    ...tracked,
  };
}

export function readRule(
  { keyword, values, block }: Statement,
  findings: Findings,
): VirtualRule | undefined {
  if (block !== undefined) {
    findings.error(keyword, 'a rule has no block');
    return undefined;
  }
  const { rest, ...tracked } = ownWordsOut([keyword, ...values], findings);
  const words = rest.map(({ text }) => text);
  const named = words.includes('inet6') ? 6 : undefined;
  const which = words.flatMap((text): Family[] => {
    const prefix = parsePrefix(text);
    return prefix === undefined ? [] : [family(prefix.address)];
  })[0];
  return {
    family: named ?? which ?? 4,
    words: words.filter((word) => word !== 'inet6' && word !== 'inet'),
    ...tracked,
  };
}

/** `no_track` and `track_group NAME` are keepalived's own words, which ip(8) does not know. */
function ownWordsOut(
  words: readonly Token[],
  findings: Findings,
): { readonly rest: Token[]; readonly track?: Track } {
  const rest: Token[] = [];
  let track: Track | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word?.text === 'no_track') track = { kind: 'none' };
    else if (word?.text === 'track_group') {
      const name = words[++i]?.text;
      if (name === undefined) findings.error(word, 'track_group takes a name');
      else track = { kind: 'group', name };
    } else if (word !== undefined) rest.push(word);
  }
  return track === undefined ? { rest } : { rest, track };
}

function isDestination(text: string): boolean {
  return text === 'default' || parsePrefix(text) !== undefined;
}

function takesValue(word: string | undefined): boolean {
  return ['src', 'via', 'dev', 'from', 'or', 'table', 'metric', 'inet6', 'inet'].includes(
    word ?? '',
  );
}
