/**
 * The shape of a scenario file. The expectations inside it are checked one by one by
 * `expectation.ts`, so that an unknown assertion gets its own message.
 */
import * as z from 'zod';
import type { Place } from '../assert/assertion.ts';
import { ASSERTIONS, type AssertionKind, assertionNames } from '../assert/assertions.ts';
import { DEFECTS, FAULTS, type FaultKind } from '../fault/fault.ts';
import { topologySchema } from '../topology/file/topology-schema.ts';
import { duration, label, name, signedDuration } from '../topology/yaml/scalars.ts';
import { simulationSchema } from './simulation-schema.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const faultKinds = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

/** Which of them a fault takes is in FAULTS. */
const withShape = {
  process: z.enum(['all', 'parent', 'vrrp', 'check']).optional().describe('process.*: [all]'),
  direction: z.enum(['in', 'out', 'both']).optional().describe('[both; with from: in]'),
  from: name.optional().describe('vrrp.block, vrrp.lose: only what this node sends'),
  count: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('vrrp.lose: adverts [1]; vrrp.forge: adverts [until it heals]'),
  by: signedDuration.optional().describe('process.slow, clock.step: how much'),
  virtual_router: name
    .optional()
    .describe('vrrp.forge: who is spoken for; process.reload: whose priority [all of the node]'),
  priority: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe('vrrp.forge: 0..255 [1]; process.reload: 1..255 until it heals [unchanged]'),
  every: duration
    .optional()
    .describe('vrrp.forge: one advert every so often [100ms]; service.flap: down and up [1s]'),
  checksum: z.enum(['good', 'bad']).optional().describe('vrrp.forge: [good]'),
  defect: z
    .enum(DEFECTS)
    .optional()
    .describe('vrrp.forge: the receive check that its adverts fail [none]'),
  port: z.int().min(1).max(65_535).optional().describe('port.block: [80]'),
  mode: z
    .enum(['drop', 'reject', 'reset'])
    .optional()
    .describe(
      'port.block, vrrp.block: [drop]; vrrp.block has no reset, and rejects what goes out only',
    ),
  type: z.enum(['echo', 'all']).optional().describe('icmp.drop: [all]'),
  service: name.optional().describe("service.*, tls.expired: [the node's first service]"),
  script: name.optional().describe("check-script.*: [the node's first script]"),
  delay: duration.optional().describe('service.slow, check-script.slow: [2s]'),
  status: z.int().min(100).max(599).optional().describe('service.status: [500]'),
  body: z.string().max(10_000).optional().describe('service.body: [wrong]'),
};

const stepShape = {
  name: z.string().min(1).max(120),
  id: label.optional().describe('For a later heal'),
  at: duration
    .optional()
    .describe(
      'Not before this, from the beginning of the first step; a fault strikes exactly then',
    ),
  target: z
    .string()
    .optional()
    .describe(
      'owner(VR), backup(VR), node(NAME), highest-priority(VR), all(routers), link(NODE, NETWORK)',
    ),
  with: z.strictObject(withShape).optional(),
  for: duration.optional().describe('The fault heals by itself after this long'),
  heal: z.string().optional().describe('all, or the id of a fault step'),
  wait: duration.optional(),
};

const repeatShape = {
  count: z.int().min(1).max(1000).optional().describe('[1]'),
  phase: z
    .union([z.enum(['stratified', 'random']), z.number().min(0).max(1)])
    .optional()
    .describe('Where in the advertisement interval the fault strikes [random]'),
  fresh: z.boolean().optional().describe('A new lab for every repeat [false]'),
};

/** What is checked apart, so that its mistakes get messages of their own; editors get it whole. */
interface Apart {
  readonly expectation: (place: Place) => z.ZodType;
  readonly fault: z.ZodType<string>;
  readonly topology: z.ZodType<string | Record<string, unknown>>;
  readonly simulation: z.ZodType;
}

function shape({ expectation, fault, topology, simulation }: Apart) {
  return {
    version: z.literal(1),
    name: label,
    description: z.string().optional(),
    topology: topology.describe('Path, relative to this file, or the topology itself'),
    tags: z.array(label).optional(),
    timeout: duration.optional().describe('Longest time of one repeat [120s]'),
    vars: z.record(z.string(), scalar).optional(),
    matrix: z.record(label, z.array(scalar).min(1)).optional(),
    set: z.record(z.string(), scalar).optional().describe('Path in the topology to a value'),
    repeat: z.strictObject(repeatShape).optional(),
    invariants: z.array(expectation('invariant')).optional(),
    steps: z
      .array(
        z.strictObject({
          ...stepShape,
          fault: fault.optional(),
          expect: z.array(expectation('step')).optional(),
        }),
      )
      .min(1),
    expect: z.array(expectation('run')).optional(),
    simulation: simulation.optional().describe('Read by the exact simulator only'),
  };
}

export const scenarioSchema = z.strictObject(
  shape({
    expectation: () => z.unknown(),
    fault: z.string(),
    topology: z.union([z.string(), z.record(z.string(), z.unknown())], {
      error: 'a path, or the topology itself',
    }),
    simulation: z.unknown(),
  }),
);
export type ScenarioText = z.output<typeof scenarioSchema>;
export type StepText = ScenarioText['steps'][number];

/** The schema for editors: the same, with every assertion spelled out. */
export function editorSchema(): z.ZodType {
  const one = (kind: AssertionKind): z.ZodType =>
    z.strictObject({ [kind]: ASSERTIONS[kind].schema });
  const expectation = (place: Place): z.ZodType => z.union(assertionNames(place).map(one));
  const topology = z.union([z.string(), topologySchema]) as Apart['topology'];
  const fault = z.enum(faultKinds);
  return z
    .strictObject(shape({ expectation, fault, topology, simulation: simulationSchema }))
    .meta({
      title: 'halab scenario',
      description: 'Faults, barriers and expectations on a topology',
    });
}

/** Keys allowed at a path, for "did you mean". */
export function scenarioKeys(path: readonly PropertyKey[]): readonly string[] {
  const [section, , inner] = path;
  if (path.length === 0) return Object.keys(scenarioSchema.shape);
  if (section === 'repeat') return Object.keys(repeatShape);
  if (section === 'steps')
    return inner === 'with'
      ? Object.keys(withShape)
      : [...Object.keys(stepShape), 'fault', 'expect'];
  return [];
}
