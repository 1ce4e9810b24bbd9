/** Values of halabd's options, and keepalived's options that halabd does not have. */
import { InvalidArgumentError } from 'commander';
import { umaskOf } from '../engine/core/conf-process.ts';

const USER = 1;
const DAEMON = 3;
const LOCAL0 = 16;

/** -S: `0`..`7`, `local0`..`local7`, `user` or `daemon`. */
export function facilityOf(text: string): number {
  const [, number] = /^(?:local)?([0-7])$/.exec(text) ?? [];
  if (number !== undefined) return LOCAL0 + Number(number);
  if (text === 'user') return USER;
  if (text === 'daemon') return DAEMON;
  throw new InvalidArgumentError('a number from 0 to 7, local0..local7, user or daemon');
}

/** -u */
export function umaskOption(text: string): number {
  const value = umaskOf(text);
  if (value === undefined) throw new InvalidArgumentError('a number from 0 to 0777');
  return value;
}
