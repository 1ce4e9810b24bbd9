/** The shape of services, virtual servers, tracked scripts and HTTP probes in a topology file. */
import * as z from 'zod';
import { parseIp } from '../../net/address.ts';
import { duration, label, name, parsedText, scriptName } from '../yaml/scalars.ts';

const port = z.int().min(1).max(65_535);

export const PROTOCOLS = ['http', 'https', 'tcp', 'udp'] as const;

export const services = z
  .record(
    label,
    z.union([
      port,
      z.strictObject({ port, protocol: z.enum(PROTOCOLS).optional().describe('[http]') }),
    ]),
  )
  .describe('Name to port: http: 80. A name that is a protocol says which; others speak http');

/** `10.50.1.100:80` or `[2001:db8::1]:80`. */
const place = parsedText((text) => {
  const [, six, four, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseIp(six ?? four ?? '');
  const number = Number(digits);
  if (address === undefined || !(number >= 1 && number <= 65_535)) return undefined;
  return { address, port: number };
}, 'not an address and a port such as 10.50.1.100:80');

const poolMember = z.union([
  label,
  z.strictObject({
    node: label,
    weight: z.int().min(0).max(65_535).optional().describe('[1]'),
    port: port.optional().describe("[the virtual server's port for its pool]"),
  }),
]);

const serverCheck = z.strictObject({
  type: z.enum(['http', 'https', 'tcp', 'ping', 'udp', 'script']).describe('What is asked'),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'a path begins with / and has no blanks')
    .optional()
    .describe('Of http and https [/]'),
  body: z.string().min(1).max(200).optional().describe('What the body must match, an expression'),
  every: duration.optional().describe('From probe to probe [1s]'),
  timeout: duration.optional().describe('[500ms]'),
  fall: z.int().min(1).max(100).optional().describe('Failures in a row to be down [2]'),
  retry_delay: duration.optional().describe('From a failure to the next probe [every]'),
});

export const virtualServer = z.strictObject({
  listen: place.describe('A virtual address and a port: 10.50.1.100:80'),
  protocol: z.enum(['tcp', 'udp']).optional().describe('[tcp]'),
  mode: z.enum(['nat', 'dr', 'tun']).optional().describe('dr and tun need ip_vs [nat]'),
  method: z.enum(['rr', 'wrr', 'lc', 'wlc', 'sh']).optional().describe('lvs_sched [rr]'),
  pool: z.array(poolMember).min(1).max(250).describe('Nodes that serve'),
  port: port.optional().describe("Of the pool's nodes [that of listen]"),
  sorry: poolMember.optional().describe('Serves while the quorum is lost'),
  quorum: z.int().min(1).max(1_000_000).optional().describe('Weight that must be alive [1]'),
  hysteresis: z.int().min(0).max(1_000_000).optional().describe('[0]'),
  persistence: duration.optional().describe('Clients stay with their server for whole seconds'),
  check: serverCheck.optional().describe('[none: every server counts as alive]'),
});

export const track = z.record(
  scriptName,
  z.strictObject({
    service: port.optional().describe('A port of the node itself [the check-script faults decide]'),
    weight: z.int().min(-253).max(253).optional().describe('0: FAULT while it fails [0]'),
    every: duration.optional().describe('[500ms]'),
    timeout: duration.optional().describe('[every]'),
    rise: z.int().min(1).max(100).optional().describe('[1]'),
    fall: z.int().min(1).max(100).optional().describe('[1]'),
  }),
);

export const syncGroups = z.record(name, z.array(name).min(2).max(32));

export type VirtualServerText = z.output<typeof virtualServer>;
export type ServicesText = z.output<typeof services>;
export type TrackText = z.output<typeof track>;
export type SyncGroupsText = z.output<typeof syncGroups>;
