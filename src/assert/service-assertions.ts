/** The shapes of the assertions about services: health, pools, requests, tracked scripts, notifications. */
import * as z from 'zod';
import { duration, name } from '../topology/scalars.ts';

const within = duration.optional().describe('How long the barrier waits for it [0s: at once]');

/** `99.9%` or `50% +- 10%` as fractions of 1. */
const percent = z.string().transform((text, context): Share => {
  const [, share, tolerance] =
    /^(\d{1,3}(?:\.\d+)?)%(?:\s*\+-\s*(\d{1,3}(?:\.\d+)?)%)?$/.exec(text.trim()) ?? [];
  if (share !== undefined && Number(share) <= 100)
    return { share: Number(share) / 100, tolerance: Number(tolerance ?? 0) / 100 };
  context.issues.push({
    code: 'custom',
    message: `not a percentage such as 99.9% or 50% +- 10%: ${text}`,
    input: text,
  });
  return z.NEVER;
});

export interface Share {
  /** 0..1. */
  readonly share: number;
  readonly tolerance: number;
}

const server = name.optional().describe('A virtual server [the first one]');

export const SERVICE_ASSERTIONS = {
  health: z.strictObject({
    of: name.describe('A node of the pool'),
    in: server,
    on: name.optional().describe('The router that says so [who holds the address]'),
    is: z.enum(['up', 'down']),
    after: duration.optional().describe('Not sooner than this after the last fault or heal'),
    within,
  }),
  pool: z.strictObject({
    of: server,
    on: name.optional().describe('Whose kernel balances [who holds the address]'),
    is: z.array(name).max(250).describe('The nodes that get new connections, in any order'),
    within,
    for: duration.optional().describe('It must stay so for this long'),
  }),
  'traffic-split': z.strictObject({
    probe: name.describe('A probe of type http'),
    shares: z.record(name, percent).describe('Node to its part of the answers: 50% +- 10%'),
    over: duration.describe('Counted over this long'),
  }),
  drained: z.strictObject({
    from: name.describe('A node that has left the pool'),
    of: server,
    over: duration.optional().describe('No client opens a connection to it for this long [1s]'),
    within,
  }),
  'request-success': z.strictObject({
    probe: name.describe('A probe of type http'),
    min: percent.describe('Of the requests: 99.9%'),
    over: duration
      .optional()
      .describe('Counted from the end of the step before it, or the whole run'),
  }),
  'effective-priority': z.strictObject({
    of: name.describe('A virtual router'),
    on: name.describe('A router'),
    is: z.int().min(0).max(255),
    within,
  }),
  track: z.strictObject({
    script: name.describe('A tracked script'),
    on: name.describe('A router'),
    is: z.enum(['up', 'down']),
    after: duration.optional().describe('Not sooner than this after the last fault or heal'),
    within,
  }),
  notify: z.strictObject({
    of: name.describe('A virtual router with notify: true'),
    on: name.describe('A router'),
    state: z.enum(['MASTER', 'BACKUP', 'FAULT', 'STOP']),
    times: z.int().min(0).max(1_000).optional().describe('Since the last fault or heal [1]'),
    within,
  }),
} as const;

export type ServiceAssertionKind = keyof typeof SERVICE_ASSERTIONS;
export const SERVICE_KINDS = Object.keys(SERVICE_ASSERTIONS) as ServiceAssertionKind[];
