/** The scalar types of the YAML files as zod schemas of text, so that JSON Schemas describe the written text. */
import * as z from 'zod';
import { parseIp, parsePrefix } from '../../net/address.ts';
import { type Micros, micros } from '../../time.ts';

// Each file is read once: to compile validators would take longer than to validate.
z.config({ jitless: true });

const UNIT_US: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000 };
const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m)$/;

/** `500ms`, `1.5s`, `2m`, `40us`; undefined: not a duration. */
export function parseDuration(text: string): Micros | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  return micros(Number(match[1]) * (UNIT_US[match[2] ?? ''] ?? Number.NaN));
}

/** Longest duration. Without a bound a run would never end, even in virtual time. */
const LONGEST = micros(24 * 60 * 60_000_000);

/** The message for a value that is not a duration. */
export function durationProblem(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/^[+-]/, '') : '';
  if ((parseDuration(text) ?? 0) > LONGEST) return `${value} is too long: at most 24 hours, 1440m`;
  if (typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value))) {
    return `a duration needs a unit: ${value}s or ${value}ms?`;
  }
  return `expected a duration such as 500ms or 3s, got ${JSON.stringify(value) ?? 'nothing'}`;
}

/** `signed`: it may begin with + or -. */
function durationSchema(signed: boolean, about: { description: string; examples: string[] }) {
  return z
    .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
    .transform((value, context): Micros => {
      const text = typeof value === 'string' ? value.trim() : '';
      const parsed = parseDuration(signed ? text.replace(/^[+-]/, '') : text);
      if (parsed !== undefined && parsed <= LONGEST)
        return text.startsWith('-') ? micros(-parsed) : parsed;
      context.issues.push({ code: 'custom', message: durationProblem(value), input: value });
      return z.NEVER;
    })
    .meta(about);
}

export const duration = durationSchema(false, {
  description: 'A duration with its unit: 500ms, 1.5s, 2m',
  examples: ['1s', '100ms'],
});

/** A duration with a sign: `-5s`. */
export const signedDuration = durationSchema(true, {
  description: 'A duration with its unit and a sign: -5s, 500us',
  examples: ['-5s'],
});

/** Names that are also names of hosts, folders and expressions: nodes, scenarios, keys of a matrix. */
export const label = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'a name is a lower-case letter, then letters, digits and "-" (at most 32)',
  );

/** Characters with a meaning in keepalived.conf or in a selector, and invisible ones. */
const SPECIAL = '\\s\\p{C}"\'{}()#!,$\\\\';
const WORD = new RegExp(`^[^${SPECIAL}@~][^${SPECIAL}]{0,63}$`, 'u');

/** Names of virtual routers, scripts and groups: all that keepalived accepts. */
export const name = z
  .string()
  .regex(WORD, 'a name is a word of at most 64 characters, without quotes, brackets and # ! , $');

/** Also the name of a file, which the lab keeps for the script. */
export const scriptName = name.regex(/^[^/]*$/, 'a name of a script has no "/"');

const INTERFACE = new RegExp(`^[^${SPECIAL}/:%]+$`, 'u');
/** Names of interfaces and sysctl folders that every node has. */
const TAKEN = ['lo', 'all', 'default', '.', '..'];
/** IFNAMSIZ without the NUL at the end. */
const INTERFACE_BYTES = 15;

/** A network's name is also that of the interface in every node: `eth0.10`, `bond_ext`. */
export const networkName = z.string().superRefine((text, context) => {
  const problem = TAKEN.includes(text)
    ? `"${text}" cannot be the name of a network: every node has one already, or the kernel refuses it`
    : INTERFACE.test(text) && new TextEncoder().encode(text).length <= INTERFACE_BYTES
      ? undefined
      : `a network's name is also an interface's: 1 to ${INTERFACE_BYTES} bytes, no blanks, and none of / : % , # quotes and brackets`;
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: text });
});

/** Text that `parse` understands; `problem`: the message for other text. */
export function parsedText<T>(parse: (text: string) => T | undefined, problem: string) {
  return z.string().transform((text, context): T => {
    const parsed = parse(text);
    if (parsed !== undefined) return parsed;
    context.issues.push({ code: 'custom', message: `${problem}: ${text}`, input: text });
    return z.NEVER;
  });
}

export const ipAddress = parsedText(parseIp, 'not an IP address');

/** `address/length`. */
export const prefix = parsedText(
  (text) => (text.includes('/') ? parsePrefix(text) : undefined),
  'not a prefix such as 10.50.1.0/24',
);
