/**
 * Virtual and static routes and rules in the syntax of ip(8). What keepalived cannot read makes it leave
 * out the whole entry, with a warning.
 */
import { type Family, family, parseIp, parsePrefix } from '../../net/address.ts';
import type { Track, VirtualRoute, VirtualRule } from '../core/config-address.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';

type Check = (text: string) => boolean;

const MOST = 4_294_967_295;
const number: Check = (text) => /^(\d+|0x[\da-f]+)$/i.test(text) && Number(text) <= MOST;
const byte: Check = (text) => number(text) && Number(text) <= 255;
const address: Check = (text) => parseIp(text) !== undefined;
const destination: Check = (text) =>
  /^(default|any|all)$/.test(text) || parsePrefix(text) !== undefined;
/** The kernel counts tables in 32 bits, and has none with the number 0. */
const tableOf: Check = (text) =>
  /^\d/.test(text) ? number(text) && Number(text) > 0 : named(text);
/** A number, or a name of iproute2's own tables, which only the machine knows. */
const named: Check = (text) => /^[\w.-]+$/.test(text);
const time: Check = (text) => /^\d+(\.\d+)?(s|ms)?$/.test(text);
const device: Check = (text) => /^[^\s/]{1,15}$/.test(text);
const realms: Check = (text) => /^[\w.-]+(\/[\w.-]+)?$/.test(text);

interface Word {
  /** Undefined: the word has no value. */
  readonly check?: Check;
  /** `lock` may precede the value. */
  readonly lock?: true;
  /** The word of ip(8) if it differs; `''`: omitted for ip(8). */
  readonly ip?: string;
}

const locked = (check: Check): Word => ({ check, lock: true });
function all(word: Word, names: string): Record<string, Word> {
  return Object.fromEntries(names.split(' ').map((name) => [name, word]));
}

const ROUTE: Readonly<Record<string, Word>> = {
  ...all({ check: address }, 'src via'),
  gw: { check: address, ip: 'via' },
  from: { check: destination },
  ...all({ check: named }, 'tos table protocol scope pref'),
  dsfield: { check: named, ip: 'tos' },
  ...all({ check: number }, 'metric expires window initcwnd initrwnd'),
  ...all({ check: number, ip: 'metric' }, 'priority preference'),
  ...all({ check: device }, 'dev vrf'),
  oif: { check: device, ip: 'dev' },
  onlink: {},
  hoplimit: { check: byte },
  ...all(locked(number), 'mtu advmss reordering cwnd ssthresh'),
  ...all(locked(time), 'rtt rttvar rto_min'),
  realms: { check: realms },
  features: { check: (text) => text === 'ecn' },
  ...all({ check: (text) => text === '0' || text === '1' }, 'quickack fastopen_no_cookie'),
  congctl: locked(named),
  'ttl-propagate': { check: (text) => text === 'enabled' || text === 'disabled' },
  ...all({ ip: '' }, 'add prepend append'),
};
const ROUTE_TYPES =
  /^(unicast|local|broadcast|anycast|multicast|throw|unreachable|prohibit|blackhole|nat)$/;

const RULE: Readonly<Record<string, Word>> = {
  ...all({ check: destination }, 'from to'),
  table: { check: tableOf },
  lookup: { check: tableOf, ip: 'table' },
  ...all({ check: number, ip: 'pref' }, 'preference order priority'),
  tos: { check: named },
  dsfield: { check: named, ip: 'tos' },
  fwmark: { check: (text) => text.split('/').length <= 2 && text.split('/').every(number) },
  realms: { check: realms },
  suppress_prefixlength: { check: number },
  sup_pl: { check: number, ip: 'suppress_prefixlength' },
  suppress_ifgroup: { check: named },
  sup_group: { check: named, ip: 'suppress_ifgroup' },
  dev: { check: device, ip: 'iif' },
  ...all({ check: device }, 'iif oif'),
  'tunnel-id': { check: (text) => /^\d+$/.test(text), ip: 'tun_id' },
  ...all({ check: (text) => /^\d+-\d+$/.test(text) }, 'uidrange sport dport'),
  protocol: { check: byte },
  ipproto: { check: named },
  goto: { check: number },
  ...all({}, 'not l3mdev nop blackhole unreachable prohibit'),
};
const ACTIONS = ['table', 'l3mdev', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit'];

/** The entry as read so far. */
interface Entry {
  readonly words: string[];
  family: Family | undefined;
  track: Track | undefined;
  /** The destination of a route, with its type. */
  destination: readonly string[];
  failed: boolean;
}

type WordReader = (entry: Entry, tokens: readonly Token[], at: number) => number;

/** `[src A] [to] PREFIX [via|gw A] [dev I] ...`: the destination first. */
export function readRoute({ keyword, values }: Statement): VirtualRoute | undefined {
  const tokens = [keyword, ...values];
  const entry = readWords('route', tokens, routeWord);
  if (entry === undefined) return undefined;
  checkTracking(entry, keyword);
  if (tokens.some(({ text }) => text === 'gw' || text === 'or'))
    keyword.warning('gw and or are deprecated in routes: write via and nexthop');
  return routeOf(entry, [...entry.destination, ...entry.words]);
}

/** Undefined: keepalived cannot read it, which is reported. `wordAt` answers with the place of the next word. */
function readWords(what: 'route' | 'rule', tokens: readonly Token[], wordAt: WordReader) {
  const entry: Entry = {
    words: [],
    family: undefined,
    track: undefined,
    destination: [],
    failed: false,
  };
  let i = 0;
  while (i < tokens.length && !entry.failed) i = wordAt(entry, tokens, i);
  if (!entry.failed && (what === 'rule' || entry.destination.length > 0)) return entry;
  const at = tokens[Math.min(i, tokens.length - 1)];
  return at?.warning(`this ${what} cannot be read at "${at.text}": it is left out`);
}

function routeOf({ family = 4, track }: Entry, words: readonly string[]): VirtualRoute {
  return { family, words, ...(track && { track }) };
}

/** keepalived tracks a route by its interface, and only routes of its own protocol. */
function checkTracking({ track, words }: Entry, at: Token): void {
  if (track?.kind === 'none') return;
  const hops = words.indexOf('nexthop');
  if (!(hops < 0 ? words : words.slice(0, hops)).includes('dev'))
    at.warning('a route without dev is not tracked', 'Add: dev INTERFACE, or no_track.');
  const protocol = words.indexOf('protocol');
  if (protocol < 0 || OWN_PROTOCOL.includes(words[protocol + 1] ?? '')) return;
  at.warning('a tracked route has protocol keepalived (18): another is ignored');
  words.splice(protocol, 2);
}

const OWN_PROTOCOL = ['18', '0x12', 'keepalived'];

/** The index of the next word. */
function routeWord(entry: Entry, tokens: readonly Token[], i: number): number {
  const [word, next] = [tokens[i]?.text ?? '', tokens[i + 1]?.text ?? ''];
  if (word === 'nexthop' || word === 'encap') {
    entry.words.push(...tokens.slice(i).map(({ text }) => text));
    return tokens.length;
  }
  if (word === 'or') return hop(entry, next, i);
  if (word === 'as') return i + (next === 'to' ? 3 : 2);
  const own = ownWords(entry, word, next);
  if (own > 0) return i + own;
  if (Object.hasOwn(ROUTE, word)) return take(entry, ROUTE, tokens, i);
  return destinationAt(entry, tokens, i);
}

/** Of rules without a preference in each family: keepalived counts down from 16384. */
export type Preferences = Record<Family, number>;

export function readRule(
  { keyword, values }: Statement,
  preferences: Preferences,
): VirtualRule | undefined {
  const tokens = [keyword, ...values].filter(({ text }) => text !== 'type');
  const entry = readWords('rule', tokens, ruleWord);
  return entry && complete(entry, keyword, preferences);
}

function ruleWord(entry: Entry, tokens: readonly Token[], i: number): number {
  const [word, next] = [tokens[i]?.text ?? '', tokens[i + 1]?.text ?? ''];
  const own = ownWords(entry, word, next);
  if (own === 0 && Object.hasOwn(RULE, word)) return take(entry, RULE, tokens, i);
  entry.failed ||= own === 0;
  return i + own;
}

/** A rule has one action and a preference. */
function complete(entry: Entry, at: Token, preferences: Preferences): VirtualRule | undefined {
  if (entry.words.filter((word) => ACTIONS.includes(word)).length !== 1) {
    const hint = `One of: ${ACTIONS.join(', ')}.`;
    return at.warning('a rule needs one action: it is left out', hint);
  }
  const which = entry.family ?? 4;
  if (!entry.words.includes('pref')) {
    const preference = preferences[which]--;
    at.warning(`a rule without a preference gets ${preference}`);
    entry.words.push('pref', `${preference}`);
  }
  return routeOf(entry, entry.words);
}

/** keepalived's own words, which ip(8) does not know: how many there are. */
function ownWords(entry: Entry, word: string, next: string): number {
  if (word === 'inet' || word === 'inet6') join(entry, word === 'inet' ? 4 : 6);
  else if (word === 'no_track') entry.track = { kind: 'none' };
  else if (word !== 'track_group') return 0;
  else if (next === '') entry.failed = true;
  else entry.track ??= { kind: 'group', name: next };
  return word === 'track_group' ? 2 : 1;
}

function take(
  entry: Entry,
  table: Readonly<Record<string, Word>>,
  tokens: readonly Token[],
  start: number,
): number {
  const word = tokens[start]?.text ?? '';
  const { check, lock, ip = word } = table[word] ?? {};
  const protocol = ip === '' ? [] : [ip];
  let at = start + 1;
  if (lock !== undefined && tokens[at]?.text === 'lock') protocol.push(tokens[at++]?.text ?? '');
  if (ip === 'via' && /^inet6?$/.test(tokens[at]?.text ?? '')) at++;
  if (check !== undefined) {
    const value = tokens[at]?.text ?? '';
    entry.failed ||= !check(value);
    joinPrefix(entry, value);
    protocol.push(value);
    at++;
  }
  entry.words.push(...protocol);
  return entry.failed ? at - 1 : at;
}

function destinationAt(entry: Entry, tokens: readonly Token[], start: number): number {
  let at = start;
  if (tokens[at]?.text === 'to') at++;
  const type = tokens[at]?.text ?? '';
  if (ROUTE_TYPES.test(type)) at++;
  const written = tokens[at]?.text ?? '';
  // An old word of keepalived.
  const text = written === 'default6' ? 'default' : written;
  if (text !== written) join(entry, 6);
  entry.failed ||= !destination(text);
  if (entry.failed) return at;
  joinPrefix(entry, text);
  entry.destination = ROUTE_TYPES.test(type) ? [type, text] : [text];
  return at + 1;
}

/** `via A or B`: two next hops. */
function hop(entry: Entry, next: string, start: number): number {
  const via = entry.words.indexOf('via');
  const first = via < 0 ? [] : entry.words.splice(via, 2);
  entry.failed ||= !address(next) || entry.words.includes('nexthop');
  const hops = [...(first.length > 0 ? ['nexthop', ...first] : []), 'nexthop', 'via', next];
  entry.words.push(...hops);
  return entry.failed ? start + 1 : start + 2;
}

function joinPrefix(entry: Entry, text: string): void {
  const prefix = parsePrefix(text);
  if (prefix !== undefined && /[.:]/.test(text)) join(entry, family(prefix.address));
}

function join(entry: Entry, which: Family): void {
  entry.failed ||= (entry.family ?? which) !== which;
  entry.family ??= which;
}

/** keepalived's words for words of ip(8) that it does not know. */
const OF_RULES: Readonly<Record<string, string>> = { pref: 'preference', tun_id: 'tunnel-id' };

/** The words do not always tell the family. */
export function ruleText({ family, words, track }: VirtualRule): string {
  return [
    ...words.map((word) => OF_RULES[word] ?? word),
    ...(family === 6 ? ['inet6'] : []),
    ...trackWords(track),
  ].join(' ');
}

export function routeText({ words, track }: VirtualRoute): string {
  return [...words, ...trackWords(track)].join(' ');
}

export function trackWords(track: Track | undefined): string[] {
  if (track === undefined) return [];
  return track.kind === 'none' ? ['no_track'] : ['track_group', quoteWord(track.name)];
}
