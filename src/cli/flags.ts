/** Parsers of option values. */
import { InvalidArgumentError } from 'commander';

/** `name=value`, repeatable. */
export function pair(text: string, previous: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError(`write name=value, not "${text}".`);
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
  };
}
