/**
 * The values that keywords of keepalived.conf take. What is wrong is ignored or altered as keepalived does
 * it, with a warning: a function returns undefined where the keyword changes nothing. A value that is
 * not there at all ends keepalived, and is refused here.
 */
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import type { ScriptCommand, ScriptUser } from '../core/config-script.ts';
import type { TrackWeight } from '../core/config-track.ts';
import type { Token } from './findings.ts';
import { escapedWords } from './lexer.ts';
import type { Statement } from './tree.ts';

/** The first value; undefined if there is none, which is refused. */
export function required({ keyword, values }: Statement): Token | undefined {
  const [value] = values;
  if (value === undefined) keyword.refuse(`${keyword.text} needs a value`);
  return value;
}

/**
 * `strict` as keepalived is with some numbers: what follows the digits makes it invalid. Otherwise it
 * is only warned of.
 */
export type Digits = 'strict' | 'lenient';

export function integer(
  statement: Statement,
  least: number,
  most: number,
  digits?: Digits,
): number | undefined {
  const value = required(statement);
  return value && integerAt(value, statement.keyword, least, most, digits);
}

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

/** keepalived's decimals: seconds with a fraction of up to six digits. */
export function timer(statement: Statement, least: number, most: number): Micros | undefined {
  const value = required(statement);
  return value && timerAt(value, statement.keyword, least, most);
}

const DECIMALS = 6;

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
  // With a unit behind it (`1s`) the digits are keepalived's microseconds.
  const value = Number(digits) + round;
  const clean = /^\s*\+?\d*$/.test(padded) && fraction.length <= DECIMALS;
  const inside = value >= least * 1_000_000 && value <= most * 1_000_000;
  if (!clean || !inside || token.text.startsWith('-'))
    token.warning(`${keyword.text} is a number of seconds from ${least} to ${most}`);
  return inside && !token.text.startsWith('-') ? micros(value) : undefined;
}

/** Whole seconds, as keepalived takes for older keywords; halab takes a fraction, too. */
export function wholeSeconds(
  statement: Statement,
  least: number,
  most: number,
): Micros | undefined {
  if (/^\d+\.\d{1,6}$/.test(statement.values[0]?.text ?? '')) return timer(statement, least, most);
  const value = integer(statement, least, most);
  return value === undefined ? undefined : micros(value * 1_000_000);
}

/** What keepalived takes for times in whole seconds. */
export const LONGEST_SECONDS = 4_294;

const TRUE = ['on', 'true', 'yes'];
const FALSE = ['off', 'false', 'no'];

/** keepalived's BOOL; without a value it means yes. */
export function bool({ keyword, values }: Statement): boolean | undefined {
  const [value] = values;
  if (value === undefined || TRUE.includes(value.text)) return true;
  if (FALSE.includes(value.text)) return false;
  return value.warning(`${keyword.text} is on or off (also yes, no, true, false): ignored`);
}

/** An address; a mask or a range behind it is not looked at, as in keepalived. */
export function addressAt(text: string): IpAddress | undefined {
  return parseIp(text.replace(/[-/].*$/, ''));
}

export function address(statement: Statement): IpAddress | undefined {
  const value = required(statement);
  if (value === undefined) return undefined;
  const parsed = addressAt(value.text);
  if (parsed === undefined) value.warning(`${statement.keyword.text} takes an IP address: ignored`);
  return parsed;
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

/** A script with its arguments in one word; then a user and a group. */
export function command({ keyword, values }: Statement): ScriptCommand | undefined {
  const [first, second, third] = values;
  const argv = first === undefined ? [] : argumentsOf(first);
  if (first === undefined || argv.length === 0)
    return (first ?? keyword).warning(`${keyword.text} takes the path of a script: ignored`);
  return { argv, user: userOf(second, third) };
}

export function userOf(user: Token | undefined, group: Token | undefined): ScriptUser | undefined {
  return user === undefined ? undefined : { user: user.text, group: group?.text };
}

/** Words of a script's command line; none if a quote in it is not closed. */
export function argumentsOf(word: Token): string[] {
  return escapedWords(word.text)?.map(({ text }) => text) ?? [];
}

/** A flag of which keepalived does not read the value: `omega off` turns it on. */
export function readFlag({ keyword, values }: Statement): true {
  const [value] = values;
  if (value !== undefined && /^(off|no|false|0)$/i.test(value.text))
    value.warning(`${keyword.text} takes no value: it is on, whatever stands here`);
  return true;
}

/** Whole seconds; keepalived cuts a fraction off. */
export function readSeconds(statement: Statement): Micros | undefined {
  const value = integer(statement, 0, LONGEST_SECONDS);
  return value === undefined ? undefined : seconds(value);
}

/** A word that goes into a request; what could begin a line of its own is taken out of the way. */
export function readWord({ keyword, values }: Statement): string | undefined {
  const [value] = values;
  if (value !== undefined && isPrintable(value.text)) return value.text;
  return (value ?? keyword).warning(`${keyword.text} takes a word without control characters`);
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
