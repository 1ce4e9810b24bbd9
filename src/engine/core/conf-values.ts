/** The values that keywords of keepalived.conf take: read, checked, or told what is wrong. */
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type Micros, seconds } from '../../time.ts';
import type { Findings } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import type { ScriptCommand, ScriptUser } from './config.ts';
import type { TrackWeight } from './config-track.ts';

export function integer(
  { keyword, values }: Statement,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  return integerAt(values[0], keyword, least, most, findings);
}

export function integerAt(
  token: Token | undefined,
  keyword: Token,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  const text = token?.text ?? '';
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return value;
  findings.error(token ?? keyword, `${keyword.text} is a whole number from ${least} to ${most}`);
  return undefined;
}

/** keepalived's TIMER: seconds with a fraction. */
export function timer(
  { keyword, values }: Statement,
  least: number,
  most: number,
  findings: Findings,
): Micros | undefined {
  return timerAt(values[0], keyword, least, most, findings);
}

export function timerAt(
  token: Token | undefined,
  keyword: Token,
  least: number,
  most: number,
  findings: Findings,
): Micros | undefined {
  const text = token?.text ?? '';
  const value = Number(text);
  if (/^(\d+(\.\d*)?|\.\d+)$/.test(text) && value >= least && value <= most) return seconds(value);
  findings.error(
    token ?? keyword,
    `${keyword.text} is a number of seconds from ${least} to ${most}`,
  );
  return undefined;
}

const TRUE = ['on', 'true', 'yes'];
const FALSE = ['off', 'false', 'no'];

/** keepalived's BOOL; without a value it means yes. */
export function bool({ keyword, values }: Statement, findings: Findings): boolean {
  const text = values[0]?.text.toLowerCase() ?? 'on';
  if (!TRUE.includes(text) && !FALSE.includes(text))
    findings.error(
      values[0] ?? keyword,
      `${keyword.text} is on or off (also yes, no, true, false)`,
    );
  return !FALSE.includes(text);
}

export function address({ keyword, values }: Statement, findings: Findings): IpAddress | undefined {
  const parsed = parseIp(values[0]?.text ?? '');
  if (parsed === undefined)
    findings.error(values[0] ?? keyword, `${keyword.text} takes an IP address`);
  return parsed;
}

/** A name of an interface. */
export function interfaceName(
  token: Token | undefined,
  keyword: Token,
  findings: Findings,
): string | undefined {
  if (token !== undefined && /^[^\s/]{1,15}$/.test(token.text)) return token.text;
  findings.error(token ?? keyword, `${keyword.text} takes a name of at most 15 characters`);
  return undefined;
}

/** `[weight] N [reverse|noreverse]` behind something tracked; `weight` may be left out before a number. */
export function weightOf(
  words: readonly Token[],
  least: number,
  most: number,
  findings: Findings,
): TrackWeight | undefined {
  let value: number | undefined;
  let reverse = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === undefined || word.text === 'noreverse') continue;
    if (word.text === 'reverse') reverse = true;
    else if (word.text === 'weight') value = integerAt(words[++i], word, least, most, findings);
    else if (/^[+-]?\d+$/.test(word.text)) value = integerAt(word, word, least, most, findings);
    else findings.error(word, `unknown word "${word.text}"`, 'Known here: weight, reverse.');
  }
  return value === undefined ? undefined : { value, reverse };
}

/** A program with its arguments in one quoted word, or bare; then a user and a group. */
export function command(
  { keyword, values }: Statement,
  findings: Findings,
): ScriptCommand | undefined {
  const [first, second, third] = values;
  if (first === undefined || first.text.trim() === '') {
    findings.error(first ?? keyword, `${keyword.text} takes the path of a script`);
    return undefined;
  }
  return { argv: argumentsOf(first.text), user: userOf(second, third) };
}

export function userOf(user: Token | undefined, group: Token | undefined): ScriptUser | undefined {
  return user === undefined ? undefined : { user: user.text, group: group?.text };
}

/** Words of a script's command line: single quotes keep white space. */
export function argumentsOf(text: string): string[] {
  const words = [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'/g, '$1'),
  );
  return words.length === 0 ? [text] : words;
}
