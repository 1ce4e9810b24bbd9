/** `authentication` (RFC 2338, version 2) and `auth_hmac` (keepalived 2.4). */
import { utf8Bytes } from '../../net/utf8.ts';
import { micros, seconds } from '../../time.ts';
import type { AuthenticationConfig, HmacConfig, HmacKey } from '../core/config.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Surroundings } from '../text/surroundings.ts';
import type { Statement } from '../text/tree.ts';
import { integerAt } from '../text/values.ts';
import { inSeconds, oneOf, whole } from './codec.ts';
import { field, input, type Mutable, type Rows, readRows } from './keyword.ts';

const LONGEST_PASSWORD = 8;
const LEAST_KEY_BYTES = 32;
const MOST_KEY_BYTES = 64;
/** Users rely on authentication. */
const SEVERE = { voice: 'error' } as const;

/** Incomplete settings disable authentication. */
export const AUTHENTICATION: Rows<Partial<Mutable<AuthenticationConfig>>, AuthenticationConfig> = {
  auth_type: field(
    'type',
    oneOf(['PASS', 'AH'], (_, text) => `auth_type is PASS or AH: "${text}" is ignored`, SEVERE),
    'A password in clear, or an IPsec authentication header.',
  ),
  auth_pass: field(
    'password',
    {
      shape: 'value',
      type: `a word of ${LONGEST_PASSWORD} bytes at most`,
      read: ({ values: [at] }) => at && passwordOf(at),
      print: quoteWord,
    },
    'The password; what is longer is cut, as in keepalived.',
  ),
};

/** Its first 8 bytes, as keepalived cuts it. */
function passwordOf(at: Token): string {
  let password = at.text;
  while (utf8Bytes(password).length > LONGEST_PASSWORD) password = password.slice(0, -1);
  if (password !== at.text) at.warning('auth_pass is cut to its first 8 characters');
  return password;
}

interface HmacDraft {
  keys: HmacKey[];
  activeKey?: number;
  antiReplay: HmacConfig['antiReplay'];
  window?: number;
  mode: HmacConfig['mode'];
}

const REPLAY = ['time', 'monotonic'] as const;
const MODES = ['enforce', 'permissive', 'receive-only'] as const;

// biome-ignore format: a table, one keyword a line
export const HMAC: Rows<HmacDraft, HmacConfig, Surroundings> = {
  key: {
    shape: 'words',
    type: `ID 1..255 and ${LEAST_KEY_BYTES}..${MOST_KEY_BYTES} bytes as text, hex:DIGITS or file:PATH`,
    doc: 'A key that adverts may be signed with.',
    read: ({ keys }, statement, surroundings) => {
      const key = readKey(statement, surroundings);
      if (key !== undefined && keys.some(({ id }) => id === key.id))
        statement.keyword.error(`there are two keys ${key.id}`);
      if (key !== undefined) keys.push(key);
    },
    print: ({ keys }, keyword) =>
      keys.map(({ id, source }) => `${keyword} ${id} ${quoteWord(source)}`),
  },
  active_key: field('activeKey', whole(1, 255), 'The key that signs.', { always: true }),
  anti_replay: field(
    'antiReplay',
    oneOf(REPLAY, 'anti_replay is time or monotonic', SEVERE),
    'Whether a replayed advert is known by its time or by its count.',
    { default: 'time', always: true },
  ),
  time_window: {
    ...input('window', whole(1, 300), 'How far, in seconds, the time of an advert may be off.', { unset: '3 advert intervals, at least 5' }),
    print: ({ timeWindow }, keyword) => [`${keyword} ${inSeconds(timeWindow)}`],
  },
  mode: field(
    'mode',
    oneOf(MODES, `mode is one of ${MODES.join(', ')}`, SEVERE),
    'Whether adverts without a signature are refused; receive-only signs none itself.',
    { default: 'enforce', always: true },
  ),
};

/** `advertInterval` in microseconds decides the default of the window. */
export function readHmac(
  { keyword, block }: Statement,
  surroundings: Surroundings,
): ((advertInterval: number) => HmacConfig) | undefined {
  const draft: HmacDraft = { keys: [], antiReplay: 'time', mode: 'enforce' };
  readRows(HMAC, draft, block, surroundings);
  const { keys, activeKey, antiReplay, mode } = draft;
  if (keys.length === 0 || activeKey === undefined)
    return keyword.error('auth_hmac without a key and an active_key: adverts are NOT signed');
  if (!keys.some(({ id }) => id === activeKey))
    return keyword.error(`no key ${activeKey}, which is active_key: adverts are NOT signed`);
  return (advertInterval) => {
    const rounded = Math.floor(advertInterval / 1_000_000);
    const window = draft.window ?? Math.min(300, Math.max(3 * rounded, 5));
    return { keys, activeKey, antiReplay, mode, timeWindow: micros(seconds(window)) };
  };
}

function readKey({ keyword, values }: Statement, surroundings: Surroundings): HmacKey | undefined {
  const [first] = values;
  const id = first && integerAt(first, keyword, 1, 255, 'strict');
  const source = values[1]?.text ?? '';
  const at = values[1] ?? keyword;
  let text = source;
  if (source.startsWith('file:')) {
    const path = source.slice('file:'.length);
    const content = surroundings.read(path);
    if (typeof content !== 'string')
      return at.error(`the key file ${path} cannot be read: ${content.error}`);
    if (surroundings.readableByOthers(path))
      at.warning(`the key file ${path} can be read by others`, 'chmod 600 it.');
    text = content.trim();
  }
  const hex = text.startsWith('hex:') ? text.slice('hex:'.length).toLowerCase() : bytesOf(text);
  const length = hex.length / 2;
  if (!/^([0-9a-f]{2})+$/.test(hex) || length < LEAST_KEY_BYTES || length > MOST_KEY_BYTES) {
    const message = `a key has ${LEAST_KEY_BYTES} to ${MOST_KEY_BYTES} bytes: text, hex:DIGITS or file:PATH`;
    return at.error(message);
  }
  return id === undefined ? undefined : { id, source, hex };
}

function bytesOf(text: string): string {
  return [...text].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
