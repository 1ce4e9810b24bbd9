/** `authentication` (RFC 2338, version 2) and `auth_hmac` (keepalived 2.4). */
import { utf8Bytes } from '../../net/utf8.ts';
import { micros, seconds } from '../../time.ts';
import type { HmacConfig, HmacKey } from '../core/config.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import type { Surroundings } from './surroundings.ts';
import type { Statement } from './tree.ts';
import { integer, integerAt, required } from './values.ts';

const LONGEST_PASSWORD = 8;
const LEAST_KEY_BYTES = 32;
const MOST_KEY_BYTES = 64;

/** Reads the block into `draft`; what is left incomplete is no authentication. */
export function readAuthentication(
  { block }: Statement,
  draft: { type?: 'PASS' | 'AH'; password?: string },
  findings: Findings,
): void {
  for (const inner of block ?? []) {
    const value = required(inner, findings);
    if (value === undefined) continue;
    const { text } = value;
    if (inner.keyword.text === 'auth_pass') draft.password = passwordOf(value, text, findings);
    else if (text === 'PASS' || text === 'AH') draft.type = text;
    else findings.error(value, `auth_type is PASS or AH: "${text}" is ignored`);
  }
}

/** Its first 8 bytes, as keepalived cuts it. */
function passwordOf(at: Token, text: string, findings: Findings): string {
  let password = text;
  while (utf8Bytes(password).length > LONGEST_PASSWORD) password = password.slice(0, -1);
  if (password !== text) findings.warning(at, 'auth_pass is cut to its first 8 characters');
  return password;
}

interface HmacDraft {
  keys: HmacKey[];
  activeKey?: number;
  antiReplay: HmacConfig['antiReplay'];
  window?: number;
  mode: HmacConfig['mode'];
}

const MODES = ['enforce', 'permissive', 'receive-only'] as const;

/** `advertInterval` in microseconds decides the default of the window. */
export function readHmac(
  { keyword, block }: Statement,
  surroundings: Surroundings,
  findings: Findings,
): ((advertInterval: number) => HmacConfig) | undefined {
  const draft: HmacDraft = { keys: [], antiReplay: 'time', mode: 'enforce' };
  for (const inner of block ?? []) readHmacKeyword(draft, inner, surroundings, findings);
  const { keys, activeKey, antiReplay, mode } = draft;
  if (keys.length === 0 || activeKey === undefined) {
    findings.error(keyword, 'auth_hmac without a key and an active_key: adverts are NOT signed');
    return undefined;
  }
  if (!keys.some(({ id }) => id === activeKey)) {
    findings.error(keyword, `no key ${activeKey}, which is active_key: adverts are NOT signed`);
    return undefined;
  }
  return (advertInterval) => {
    const whole = Math.floor(advertInterval / 1_000_000);
    const window = draft.window ?? Math.min(300, Math.max(3 * whole, 5));
    return { keys, activeKey, antiReplay, mode, timeWindow: micros(seconds(window)) };
  };
}

function readHmacKeyword(
  draft: HmacDraft,
  statement: Statement,
  surroundings: Surroundings,
  findings: Findings,
): void {
  const { keyword, values } = statement;
  const text = values[0]?.text ?? '';
  switch (keyword.text) {
    case 'key': {
      const key = readKey(statement, surroundings, findings);
      if (key !== undefined && draft.keys.some(({ id }) => id === key.id))
        findings.error(keyword, `there are two keys ${key.id}`);
      if (key !== undefined) draft.keys.push(key);
      return;
    }
    case 'active_key': {
      const id = integer(statement, 1, 255, findings);
      if (id !== undefined) draft.activeKey = id;
      return;
    }
    case 'anti_replay':
      if (text === 'time' || text === 'monotonic') draft.antiReplay = text;
      else findings.error(values[0] ?? keyword, 'anti_replay is time or monotonic');
      return;
    case 'time_window': {
      const window = integer(statement, 1, 300, findings);
      if (window !== undefined) draft.window = window;
      return;
    }
    case 'mode': {
      const mode = MODES.find((one) => one === text);
      if (mode === undefined)
        findings.error(values[0] ?? keyword, `mode is one of ${MODES.join(', ')}`);
      else draft.mode = mode;
      return;
    }
    default:
  }
}

function readKey(
  { keyword, values }: Statement,
  surroundings: Surroundings,
  findings: Findings,
): HmacKey | undefined {
  const [first] = values;
  const id = first && integerAt(first, keyword, 1, 255, findings, { strict: true });
  const source = values[1]?.text ?? '';
  const at = values[1] ?? keyword;
  let text = source;
  if (source.startsWith('file:')) {
    const path = source.slice('file:'.length);
    const content = surroundings.read(path);
    if (typeof content !== 'string') {
      findings.error(at, `the key file ${path} cannot be read: ${content.error}`);
      return undefined;
    }
    if (surroundings.readableByOthers(path))
      findings.warning(at, `the key file ${path} can be read by others`, 'chmod 600 it.');
    text = content.trim();
  }
  const hex = text.startsWith('hex:') ? text.slice('hex:'.length).toLowerCase() : bytesOf(text);
  const length = hex.length / 2;
  if (!/^([0-9a-f]{2})+$/.test(hex) || length < LEAST_KEY_BYTES || length > MOST_KEY_BYTES) {
    const message = `a key has ${LEAST_KEY_BYTES} to ${MOST_KEY_BYTES} bytes: text, hex:DIGITS or file:PATH`;
    findings.error(at, message);
    return undefined;
  }
  return id === undefined ? undefined : { id, source, hex };
}

function bytesOf(text: string): string {
  return [...text].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
