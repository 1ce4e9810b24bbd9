/** Values in words of keepalived.conf. What is wrong is reported; undefined: the word is none. */
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type Micros, micros } from '../../time.ts';
import type { TrackWeight } from '../core/config-track.ts';
import type { Token } from './findings.ts';
import type { Statement } from './tree.ts';

/** The first value; undefined if there is none, which is refused. */
export function required({ keyword, values }: Statement): Token | undefined {
  const [value] = values;
  if (value === undefined) keyword.refuse(`${keyword.text} needs a value`);
  return value;
}

/**
 * `strict` as keepalived is with some numbers: text after the digits makes it invalid. Otherwise it
 * is only warned of.
 */
export type Digits = 'strict' | 'lenient';

export function integerAt(
  token: Token,
  keyword: Token,
  least: number,
  most: number,
  digits: Digits = 'lenient',
): number | undefined {
  const [, number = '', rest = ''] = /^\s*([+-]?\d*)(.*)$/s.exec(token.text) ?? [];
  const value = Number(number) || 0;
  const inside = value >= least && value <= most && (least < 0 || !number.startsWith('-'));
  if (rest !== '' || !inside)
    token.warning(`${keyword.text} is a whole number from ${least} to ${most}`);
  return inside && (rest === '' || digits === 'lenient') ? value : undefined;
}

const DECIMALS = 6;

/** keepalived's decimals: seconds with a fraction of up to six digits. */
export function timerAt(
  token: Token,
  keyword: Token,
  least: number,
  most: number,
): Micros | undefined {
  const point = `${token.text}.`.indexOf('.');
  const whole = token.text.slice(0, point);
  const fraction = token.text.slice(point + 1);
  const padded = `${whole}${fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0')}`;
  const [, digits = ''] = /^\s*\+?(\d*)/.exec(padded) ?? [];
  const round = (fraction[DECIMALS] ?? '') >= '5' ? 1 : 0;
  // With a unit (`1s`) keepalived reads the digits as microseconds.
  const value = Number(digits) + round;
  const clean = /^\s*\+?\d*$/.test(padded) && fraction.length <= DECIMALS;
  const inside = value >= least * 1_000_000 && value <= most * 1_000_000;
  if (!clean || !inside || token.text.startsWith('-'))
    token.warning(`${keyword.text} is a number of seconds from ${least} to ${most}`);
  return inside && !token.text.startsWith('-') ? micros(value) : undefined;
}

/** The range of keepalived for times in whole seconds. */
export const LONGEST_SECONDS = 4_294;

/** An address; a mask or a range after it is ignored, as in keepalived. */
export function addressAt(text: string): IpAddress | undefined {
  return parseIp(text.replace(/[-/].*$/, ''));
}

/** A name of an interface. */
export function interfaceName(token: Token | undefined, keyword: Token): string | undefined {
  if (token === undefined) keyword.refuse(`${keyword.text} needs a name`);
  else if (/^[^\s/]{1,15}$/.test(token.text)) return token.text;
  else token.warning(`${keyword.text} takes a name of at most 15 characters: ignored`);
  return undefined;
}

/** `N [reverse]` of something that can be tracked. Undefined: it is left as it was. */
export function weightOf({ keyword, values }: Statement, most: number): TrackWeight | undefined {
  const [value, option] = values;
  if (value === undefined) return keyword.refuse('weight needs a value');
  const number = integerAt(value, keyword, -most, most);
  if (option !== undefined && option.text !== 'reverse')
    option.warning(`unknown word "${option.text}"`, 'Known here: reverse.');
  return number === undefined ? undefined : { value: number, reverse: option?.text === 'reverse' };
}

export function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** 0 without a port. Undefined: it is no port, which is reported. */
export function optionalPort(token: Token | undefined): number | undefined {
  return token === undefined || /^0*$/.test(token.text) ? 0 : portOf(token);
}

function portOf(token: Token): number | undefined {
  const [, digits = '', rest = ''] = /^\s*\+?(\d*)([\s\S]*)$/.exec(token.text) ?? [];
  const port = Number(digits);
  const inside = port >= 1 && port <= 65_535;
  if (!inside) token.warning('a port is a number from 1 to 65535: this line is ignored');
  else if (rest !== '') token.warning(`"${rest}" behind the port is ignored`);
  return inside ? port : undefined;
}
