/** The codecs that several keywords share: each pairs a reader of `values.ts` with how its value is written. */
import type { IpAddress } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { ScriptCommand, ScriptUser } from '../core/config-script.ts';
import type { TrackWeight } from '../core/config-track.ts';
import { quoteCommand, quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import * as read from '../text/values.ts';
import type { Codec } from './keyword.ts';

export function whole<T extends number = number>(
  least: number,
  most: number,
  digits?: read.Digits,
): Codec<T> {
  return {
    shape: 'value',
    type: `whole number ${least}..${most}`,
    read: (statement) => read.integer(statement, least, most, digits) as T | undefined,
    print: String,
  };
}

/** Seconds with a fraction. */
export function time(least: number, most: number): Codec<Micros> {
  return {
    shape: 'value',
    type: `seconds ${plain(least)}..${most}`,
    read: (statement) => read.timer(statement, least, most),
    print: inSeconds,
  };
}

/** Whole seconds in keepalived; halab takes a fraction, too. */
export function olderTime(least: number, most: number): Codec<Micros> {
  return {
    shape: 'value',
    type: `seconds ${least}..${most}`,
    read: (statement) => read.wholeSeconds(statement, least, most),
    print: inSeconds,
  };
}

function plain(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}

/** The keyword alone says it; words behind it are not looked at. */
export const FLAG: Codec<boolean> = {
  shape: 'words',
  type: 'no value',
  read: () => true,
  print: () => '',
};
/** The keyword alone turns it off. */
export const FLAG_OFF: Codec<boolean> = { ...FLAG, read: () => false };
/** `on` or `off`; without a value it means on. */
export const ON_OFF: Codec<boolean> = {
  shape: 'words',
  type: 'on or off',
  read: (statement) => read.bool(statement),
  print: onOff,
};
/** The same where `on` is written as the keyword alone. */
export const BARE_ON: Codec<boolean> = { ...ON_OFF, print: () => '' };
/** A flag; `off` behind it is reported, because keepalived turns it on all the same. */
export const FLAG_REPORTED: Codec<boolean> = { ...FLAG, read: read.readFlag };

/** A word that goes into a request or a mail. */
export const WORD: Codec<string> = {
  shape: 'words',
  type: 'a word',
  read: (statement) => read.readWord(statement),
  print: quoteWord,
};

export const IP: Codec<IpAddress> = {
  shape: 'value',
  type: 'an IP address',
  read: (statement) => read.address(statement),
  print: String,
};

export const DEVICE: Codec<string> = {
  shape: 'value',
  type: 'an interface',
  read: ({ keyword, values }) => read.interfaceName(values[0], keyword),
  print: quoteWord,
};

/** A script with its arguments in one word, a user and a group. Of several the first counts, which `twice` says. */
export function script(twice: (keyword: string) => string): Codec<ScriptCommand> {
  return {
    shape: 'command',
    type: '"COMMAND ARGUMENTS" [USER [GROUP]]',
    read: (statement, before) => {
      if (before === undefined) return read.command(statement);
      return statement.keyword.warning(twice(statement.keyword.text));
    },
    print: printCommand,
  };
}

/** The last one counts; its type is one of `names`. */
export function oneOf<T extends string>(
  names: readonly T[],
  wrong: string | ((keyword: string) => string),
  reading: (text: string) => string = (text) => text,
): Codec<T> {
  return {
    shape: 'value',
    type: names.join(', '),
    read: ({ keyword, values }) => {
      const found = names.find((one) => one === reading(values[0]?.text ?? ''));
      if (found === undefined)
        (values[0] ?? keyword).warning(typeof wrong === 'string' ? wrong : wrong(keyword.text));
      return found;
    },
    print: String,
  };
}

/** The user of a script; `missing` is reported where there is none. */
export function user(missing: string): Codec<ScriptUser> {
  return {
    shape: 'words',
    type: 'USER [GROUP]',
    read: ({ keyword, values }) => {
      if (values.length === 0) keyword.error(missing);
      return read.userOf(values[0], values[1]);
    },
    print: printUser,
  };
}

/** The words of a block's lines. */
export function listed({ block }: Statement) {
  return (block ?? []).flatMap(({ keyword, values }) => [keyword, ...values]);
}

/** Without an exponent, whatever the number. */
export function inSeconds(value: Micros): string {
  return plain(value / 1_000_000);
}

export function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

export function printWeight({ value, reverse }: TrackWeight): string {
  return `${value}${reverse ? ' reverse' : ''}`;
}

/** All arguments in one word. */
export function printCommand({ argv, user: by }: ScriptCommand): string {
  const text = quoteCommand(argv);
  return by === undefined ? text : `${text} ${printUser(by)}`;
}

export function printUser({ user: name, group }: ScriptUser): string {
  return group === undefined ? quoteWord(name) : `${quoteWord(name)} ${quoteWord(group)}`;
}
