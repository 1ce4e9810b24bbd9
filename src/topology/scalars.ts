/**
 * The scalar types of the YAML files as zod schemas: durations with units, addresses, names. Their
 * input side is plain text, so the JSON Schemas made from them describe what a person writes.
 */
import * as z from 'zod';
import { parseIp, parsePrefix } from '../net/address.ts';
import { type Micros, micros } from '../time.ts';

// A file is read once: compiling a validator for each schema would take longer than validating.
z.config({ jitless: true });

const UNIT_US: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000 };
const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m)$/;

/** `500ms`, `1.5s`, `2m`, `40us`; undefined if it is none. */
export function parseDuration(text: string): Micros | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  return micros(Number(match[1]) * (UNIT_US[match[2] ?? ''] ?? Number.NaN));
}

/** Nothing in a lab goes on for longer; a number without bound would never end, in virtual time either. */
const LONGEST = micros(24 * 60 * 60_000_000);

/** Why `value` is no duration, in words. */
export function durationProblem(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/^[+-]/, '') : '';
  if ((parseDuration(text) ?? 0) > LONGEST) return `${value} is too long: at most 24 hours, 1440m`;
  if (typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value))) {
    return `a duration needs a unit: ${value}s or ${value}ms?`;
  }
  return `expected a duration such as 500ms or 3s, got ${JSON.stringify(value) ?? 'nothing'}`;
}

export const duration = z
  .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
  .transform((value, context): Micros => {
    const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
    if (parsed !== undefined && parsed <= LONGEST) return parsed;
    context.issues.push({ code: 'custom', message: durationProblem(value), input: value });
    return z.NEVER;
  })
  .meta({ description: 'A duration with its unit: 500ms, 1.5s, 2m', examples: ['1s', '100ms'] });

/** The same with a sign: `-5s`. */
export const signedDuration = z
  .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
  .transform((value, context): Micros => {
    const text = typeof value === 'string' ? value.trim() : '';
    const parsed = parseDuration(text.replace(/^[+-]/, ''));
    if (parsed !== undefined && parsed <= LONGEST)
      return text.startsWith('-') ? micros(-parsed) : parsed;
    context.issues.push({ code: 'custom', message: durationProblem(value), input: value });
    return z.NEVER;
  })
  .meta({ description: 'A duration with its unit and a sign: -5s, 500us', examples: ['-5s'] });

/** Names of nodes, networks and virtual routers: also host and interface names. */
export const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'a name is a lower-case letter, then letters, digits and "-" (at most 32)',
  );

/** A network's name becomes an interface's: the kernel allows 15 bytes. */
export const networkName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,11}$/,
    'a network\'s name is also an interface\'s: at most 12 of a-z, 0-9 and "-"',
  );

export const ipAddress = z.string().transform((text, context) => {
  const parsed = parseIp(text);
  if (parsed !== undefined) return parsed;
  context.issues.push({ code: 'custom', message: `not an IP address: ${text}`, input: text });
  return z.NEVER;
});

/** `address/length`. */
export const prefix = z.string().transform((text, context) => {
  const parsed = text.includes('/') ? parsePrefix(text) : undefined;
  if (parsed !== undefined) return parsed;
  context.issues.push({
    code: 'custom',
    message: `not a prefix such as 10.50.1.0/24: ${text}`,
    input: text,
  });
  return z.NEVER;
});
