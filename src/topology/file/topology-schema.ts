/** The schema of a topology file; `topology-file.ts` resolves names and checks what a schema cannot. */
import * as z from 'zod';
import {
  duration,
  ipAddress,
  label,
  name,
  networkName,
  prefix,
  scriptName,
} from '../yaml/scalars.ts';
import { services, syncGroups, track, virtualServer } from './service-schema.ts';

const network = z.strictObject({
  subnet: z
    .union([prefix, z.array(prefix).min(1).max(4)])
    .describe('Subnet or subnets of this segment: 10.50.1.0/24'),
});

const flag = z.boolean().optional();
/** A VRID or a priority. */
const byte = z.int().min(1).max(255).optional();
const prefixes = z.array(prefix).min(1).max(64).optional();

const engineName = z.enum(['halab', 'keepalived', 'frr']);

const ownBuild = z.strictObject({
  kind: engineName.optional().describe('[keepalived with a path, else halab]'),
  path: z.string().min(1).describe('A keepalived of your own; relative to this file').optional(),
});

const authentication = z.strictObject({
  type: z
    .enum(['pass', 'ah', 'hmac'])
    .describe(
      'pass, ah: RFC 2338, simple text or IPsec AH, vrrp2 only; hmac: auth_hmac of keepalived 2.4',
    ),
  password: z
    .string()
    .regex(/^[A-Za-z0-9_.:,+%=^*/-]{1,8}$/, '1 to 8 of A-Z, a-z, 0-9 and _ . : , + % = ^ * / -')
    .optional()
    .describe('Of pass and ah'),
  key: z
    .string()
    .regex(
      /^(hex:([0-9a-f]{2}){32,64}|(?!hex:|file:)[A-Za-z0-9_.:,+%=^*/-]{32,64})$/,
      '32 to 64 of A-Z, a-z, 0-9 and _ . : , + % = ^ * / -, or hex: and as many bytes',
    )
    .optional()
    .describe('Of hmac'),
});

const node = z.strictObject({
  role: z
    .enum(['router', 'web', 'client'])
    .describe('router: runs a VRRP engine; web: answers; client: probes'),
  engine: z.union([engineName, ownBuild]).optional().describe('What a router runs [halab]'),
  config: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A keepalived.conf of your own instead of the rendered one; relative to this file. What it says is what is judged',
    ),
  attach: z
    .record(networkName, z.union([ipAddress, z.array(ipAddress).min(1).max(8)]))
    .describe('Network to address or addresses'),
  gateway: name
    .optional()
    .describe('A virtual router: default routes lead to its addresses [no default route]'),
  services: services.optional(),
});

const member = z.strictObject({
  priority: byte.describe('1..254; 255 owns the addresses (RFC 9568 5.2.4) [100]'),
  preempt: flag.describe("[the virtual router's]"),
  preempt_delay: duration.optional().describe('0s..1000s [0s]'),
  accept: flag.describe('Accept_Mode: answer packets sent to the virtual address [true]'),
  addresses: prefixes.describe(
    "A list that differs from the virtual router's: a mistake to look at",
  ),
  advert_interval: duration.optional().describe("[the virtual router's]"),
  unicast_peers: z
    .array(ipAddress)
    .min(1)
    .max(32)
    .optional()
    .describe('Of a unicast virtual router [the other members]'),
  checksum: z
    .enum(['pseudo-header', 'rfc9568'])
    .optional()
    .describe('Of vrrp3 over IPv4: with or without the pseudo-header [pseudo-header]'),
});

const virtualRouter = z.strictObject({
  vrid: byte.describe('1..255, unique on its network and family [that of the config files]'),
  protocol: z.enum(['vrrp2', 'vrrp3']).optional().describe('Version of VRRP [vrrp3]'),
  network: networkName.optional().describe('[that of the config files]'),
  addresses: prefixes.describe('IPv6: the first one is link-local [those of the config files]'),
  advert_interval: duration.optional().describe('vrrp3: 10ms..40.95s; vrrp2: whole seconds [1s]'),
  preempt: flag.describe('Preempt_Mode of every member [true]'),
  authentication: authentication.optional().describe('[none]'),
  unicast: flag.describe('Adverts go from member to member, not to the group [false]'),
  use_vmac: flag.describe(
    "The owner has the virtual router's MAC (RFC 9568 7.3), not its own [false]",
  ),
  unsupported: z
    .enum(['skip-cell', 'leave-out'])
    .optional()
    .describe(
      "Where a member's engine cannot run it: skip the whole cell, or leave this virtual router out with what is expected of it [skip-cell]",
    ),
  track: track.optional().describe('Scripts that every member runs: a service must live here'),
  notify: flag.describe("Call the lab's notify script [false]"),
  members: z.record(label, member).optional().describe('[the nodes whose config files have it]'),
});

const probe = z.strictObject({
  from: label.describe('A client'),
  to: z
    .union([ipAddress, label, z.url({ protocol: /^http$/ })])
    .describe('A virtual address, an address of a node, a node; of type http: http://ADDRESS/path'),
  type: z.enum(['udp-echo', 'http']).optional().describe('[udp-echo]'),
  timeout: duration.optional().describe('Of type http: a longer request has failed [1s]'),
  every: duration.optional().describe('1ms..1s [5ms; http 100ms]'),
  control: flag.describe('Between two idle nodes: the noise floor of the machine [false]'),
});

export const topologySchema = z
  .strictObject({
    version: z.literal(1),
    name: label,
    description: z.string().optional(),
    networks: z.record(networkName, network),
    nodes: z.record(label, node),
    virtual_routers: z
      .record(name, virtualRouter)
      .optional()
      .describe('[every vrrp_instance of the config files]'),
    virtual_servers: z.record(scriptName, virtualServer).optional(),
    sync_groups: syncGroups.optional().describe('Virtual routers that change together'),
    probes: z.record(label, probe).optional(),
  })
  .meta({ title: 'halab topology', description: 'Networks, nodes, virtual routers and probes' });

export type TopologyText = z.output<typeof topologySchema>;
export type VirtualRouterText = NonNullable<TopologyText['virtual_routers']>[string];
export type MemberText = NonNullable<VirtualRouterText['members']>[string];
