/**
 * How values are written that several keywords share. What is wrong is ignored or altered as keepalived does it, with a warning:
 * `read` returns undefined where the keyword changes nothing. A value that is not there at all ends keepalived, and is refused here.
 */
import type { IpAddress } from '../../net/address.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import type { ScriptCommand, ScriptUser } from '../core/config-script.ts';
import type { TrackWeight } from '../core/config-track.ts';
import { escapedWords, quoteCommand, quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import {
  addressAt,
  type Digits,
  integerAt,
  interfaceName,
  isPrintable,
  LONGEST_SECONDS,
  required,
  timerAt,
} from '../text/values.ts';
import type { Codec } from './keyword.ts';

export function whole<T extends number = number>(
  least: number,
  most: number,
  digits?: Digits,
): Codec<T> {
  return {
    shape: 'value',
    type: `whole number ${least}..${most}`,
    read: (statement) => {
      const value = required(statement);
      return value && (integerAt(value, statement.keyword, least, most, digits) as T | undefined);
    },
    print: String,
  };
}

/** Seconds with a fraction. */
export function time(least: number, most: number): Codec<Micros> {
  return {
    shape: 'value',
    type: `seconds ${plain(least)}..${most}`,
    read: (statement) => {
      const value = required(statement);
      return value && timerAt(value, statement.keyword, least, most);
    },
    print: inSeconds,
  };
}

/** Whole seconds in keepalived; halab accepts fractions, too. */
export function olderTime(least: number, most: number): Codec<Micros> {
  const [fraction, number] = [time(least, most), whole(least, most)];
  return {
    ...fraction,
    type: `seconds ${least}..${most}`,
    read: (statement) => {
      if (/^\d+\.\d{1,6}$/.test(statement.values[0]?.text ?? '')) return fraction.read(statement);
      const value = number.read(statement);
      return value === undefined ? undefined : micros(value * 1_000_000);
    },
  };
}

/** Whole seconds; keepalived cuts a fraction off. */
export const WHOLE_SECONDS: Codec<Micros> = {
  shape: 'value',
  type: `whole seconds 0..${LONGEST_SECONDS}`,
  read: (statement) => {
    const value = whole(0, LONGEST_SECONDS).read(statement);
    return value === undefined ? undefined : seconds(value);
  },
  print: inSeconds,
};

/** The same for a value that may be missing, which is reported: the keyword is ignored. */
export function needed<T>(codec: Codec<T>, missing: string): Codec<T> {
  return {
    ...codec,
    shape: 'words',
    read: (statement, before) => {
      const { keyword, values } = statement;
      if (values.length > 0) return codec.read(statement, before);
      return keyword.warning(`${keyword.text} ${missing}: ignored`);
    },
  };
}

function plain(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}

/** A keyword without a value; values after it are ignored. */
export const FLAG: Codec<boolean> = {
  shape: 'words',
  type: 'no value',
  read: () => true,
  print: () => '',
};
/** The keyword alone turns it off. */
export const FLAG_OFF: Codec<boolean> = { ...FLAG, read: () => false };
/** A flag; `off` after it is reported, because keepalived turns the flag on anyway. */
export const FLAG_REPORTED: Codec<boolean> = {
  ...FLAG,
  read: ({ keyword, values: [value] }) => {
    if (value !== undefined && /^(off|no|false|0)$/i.test(value.text))
      value.warning(`${keyword.text} takes no value: it is on, whatever stands here`);
    return true;
  },
};

const TRUE = ['on', 'true', 'yes'];
const FALSE = ['off', 'false', 'no'];

/** `on` or `off`, keepalived's BOOL; without a value it means on. */
export const ON_OFF: Codec<boolean> = {
  shape: 'words',
  type: 'on or off',
  read: ({ keyword, values: [value] }) => {
    if (value === undefined || TRUE.includes(value.text)) return true;
    if (FALSE.includes(value.text)) return false;
    return value.warning(`${keyword.text} is on or off (also yes, no, true, false): ignored`);
  },
  print: (value) => (value ? 'on' : 'off'),
};
/** The same where `on` is written as the keyword alone. */
export const BARE_ON: Codec<boolean> = { ...ON_OFF, print: () => '' };

/** A word that goes into a request or a mail; what could begin a line of its own is taken out of the way. */
export const WORD: Codec<string> = {
  shape: 'words',
  type: 'a word',
  read: ({ keyword, values: [value] }) => {
    if (value !== undefined && isPrintable(value.text)) return value.text;
    return (value ?? keyword).warning(`${keyword.text} takes a word without control characters`);
  },
  print: quoteWord,
};

/** Any word. */
export const TEXT: Codec<string> = {
  shape: 'words',
  type: 'a word',
  read: ({ values: [value] }) => value?.text,
  print: quoteWord,
};

export const IP: Codec<IpAddress> = {
  shape: 'value',
  type: 'an IP address',
  read: (statement) => {
    const value = required(statement);
    const parsed = value && addressAt(value.text);
    if (parsed === undefined)
      value?.warning(`${statement.keyword.text} takes an IP address: ignored`);
    return parsed;
  },
  print: String,
};

export const DEVICE: Codec<string> = {
  shape: 'value',
  type: 'an interface',
  read: ({ keyword, values }) => interfaceName(values[0], keyword),
  print: quoteWord,
};

/** A script with its arguments in one word, of which nothing counts if a quote in it is not closed. */
export const ARGV: Codec<readonly string[]> = {
  shape: 'script',
  type: '"COMMAND ARGUMENTS"',
  read: ({ values: [command] }) => escapedWords(command?.text ?? '')?.map(({ text }) => text) ?? [],
  print: quoteCommand,
};

export const USER: Codec<ScriptUser> = {
  shape: 'value',
  type: 'USER [GROUP]',
  read: ({ values: [user, group] }) => user && { user: user.text, group: group?.text },
  print: ({ user, group }) =>
    group === undefined ? quoteWord(user) : `${quoteWord(user)} ${quoteWord(group)}`,
};

/** The user of a script; `missing` is reported where there is none. */
export function user(missing: string): Codec<ScriptUser> {
  return {
    ...USER,
    shape: 'words',
    read: (statement) => {
      if (statement.values.length === 0) statement.keyword.error(missing);
      return USER.read(statement);
    },
  };
}

/** A script with its arguments in one word, a user and a group. The first one counts; `twice` reports further ones. */
export function script(twice: (keyword: string) => string): Codec<ScriptCommand> {
  return {
    shape: 'command',
    type: `${ARGV.type} [USER [GROUP]]`,
    read: (statement, before) => {
      const { keyword, values } = statement;
      if (before !== undefined) return keyword.warning(twice(keyword.text));
      const argv = ARGV.read(statement) ?? [];
      if (argv.length > 0)
        return { argv, user: USER.read({ ...statement, values: values.slice(1) }) };
      return (values[0] ?? keyword).warning(`${keyword.text} takes the path of a script: ignored`);
    },
    print: ({ argv, user: by }) =>
      by === undefined ? quoteCommand(argv) : `${quoteCommand(argv)} ${USER.print(by)}`,
  };
}

/** The last one counts; its type is one of `names`. */
export function oneOf<T extends string>(
  names: readonly T[],
  wrong: string | ((keyword: string, text: string) => string),
  {
    reading = (text) => text,
    voice = 'warning',
  }: { readonly reading?: (text: string) => string; readonly voice?: 'warning' | 'error' } = {},
): Codec<T> {
  return {
    shape: 'value',
    type: names.join(', '),
    read: ({ keyword, values: [value] }) => {
      const text = value?.text ?? '';
      const found = names.find((name) => name === reading(text));
      if (found !== undefined) return found;
      return (value ?? keyword)[voice](
        typeof wrong === 'string' ? wrong : wrong(keyword.text, text),
      );
    },
    print: String,
  };
}

/** The words of a block's lines. */
export function listed({ block }: Statement) {
  return (block ?? []).flatMap(({ keyword, values }) => [keyword, ...values]);
}

/** Any number without an exponent. */
export function inSeconds(value: Micros): string {
  return plain(value / 1_000_000);
}

export function printWeight({ value, reverse }: TrackWeight): string {
  return `${value}${reverse ? ' reverse' : ''}`;
}
