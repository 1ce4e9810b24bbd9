/** The shape of a scenario file. `expectation.ts` checks its expectations, with messages of their own. */
import * as z from 'zod';
import type { Place } from '../assert/assertion.ts';
import { ASSERTIONS, type AssertionKind, assertionNames } from '../assert/assertions.ts';
import { neededOf } from '../fault/definition.ts';
import { definitionOf, FAULT_KINDS, type FaultKind } from '../fault/faults.ts';
import { topologySchema } from '../topology/file/topology-schema.ts';
import { duration, label } from '../topology/yaml/scalars.ts';
import { simulationSchema } from './simulation-schema.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const stepShape = {
  name: z.string().min(1).max(120),
  id: label.optional().describe('For a later heal, and for metrics of this fault'),
  at: duration
    .optional()
    .describe(
      'Not before this, from the beginning of the first step; a fault strikes exactly then',
    ),
  heal: z.string().optional().describe('all, or the id of a fault step'),
  wait: duration.optional().describe('Waits this long before it expects anything'),
};

/** Keys that need a fault in the same step. */
const targetShape = {
  target: z
    .string()
    .describe(
      'owner(VR), backup(VR), node(NAME), highest-priority(VR), all(routers), link(NODE, NETWORK)',
    ),
  for: duration.optional().describe('The fault heals by itself after this long'),
};

const stepText = z.strictObject({
  ...stepShape,
  fault: z.string().optional().describe('What to inject'),
  target: targetShape.target.optional(),
  with: z.record(z.string(), z.unknown()).optional().describe('Parameters of the fault'),
  for: targetShape.for,
  expect: z.array(z.unknown()).optional().describe('Assertions that the step awaits'),
});

const repeat = z.strictObject({
  count: z.int().min(1).max(1000).optional().describe('Repeats of every cell [1]'),
  phase: z
    .union([z.enum(['stratified', 'random']), z.number().min(0).max(1)])
    .optional()
    .describe('Where in the advertisement interval the fault strikes [random]'),
  fresh: z.boolean().optional().describe('A new lab for every repeat [false]'),
});

/** Parts that are checked separately for better messages; editors get the whole schema. */
interface Apart {
  readonly expectation: (place: Place) => z.ZodType;
  readonly step: z.ZodType<z.output<typeof stepText>>;
  readonly topology: z.ZodType<string | Record<string, unknown>>;
  readonly simulation: z.ZodType;
}

function shape({ expectation, step, topology, simulation }: Apart) {
  return {
    version: z.literal(1),
    name: label,
    description: z.string().optional(),
    topology: topology.describe('Path, relative to this file, or the topology itself'),
    tags: z.array(label).optional().describe('For people'),
    timeout: duration.optional().describe('Longest time of one repeat [120s]'),
    vars: z.record(z.string(), scalar).optional().describe('Values for expressions: vars.NAME'),
    matrix: z
      .record(label, z.array(scalar).min(1))
      .optional()
      .describe('One cell for every combination of values, for expressions: matrix.NAME'),
    set: z.record(z.string(), scalar).optional().describe('Path in the topology to a value'),
    repeat: repeat.optional(),
    invariants: z
      .array(expectation('invariant'))
      .optional()
      .describe('Assertions that hold from the end of the first step to the end of the repeat'),
    steps: z.array(step).min(1),
    expect: z.array(expectation('run')).optional().describe('Assertions over all repeats'),
    simulation: simulation.optional().describe('Read by the exact simulator only'),
  };
}

export const scenarioSchema = z.strictObject(
  shape({
    expectation: () => z.unknown(),
    step: stepText,
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
  const assertion = (kind: AssertionKind): z.ZodType =>
    z.strictObject({ [kind]: ASSERTIONS[kind].schema });
  const expectation = (place: Place): z.ZodType => z.union(assertionNames(place).map(assertion));
  const topology = z.union([z.string(), topologySchema]) as Apart['topology'];
  // An id: the expectations are written out once, not once per fault.
  const expect = z.array(expectation('step').meta({ id: 'expectation' })).optional();
  const faultStep = (kind: FaultKind) =>
    z.strictObject({ ...stepShape, ...faultShape(kind), ...targetShape, expect });
  const [first, ...rest] = FAULT_KINDS;
  const step = z.union([
    z.strictObject({ ...stepShape, expect }),
    z.discriminatedUnion('fault', [faultStep(first), ...rest.map(faultStep)]),
  ]) as unknown as Apart['step'];
  return z.strictObject(shape({ expectation, step, topology, simulation: simulationSchema })).meta({
    title: 'halab scenario',
    description: 'Faults, barriers and expectations on a topology',
  });
}

function faultShape(kind: FaultKind) {
  const { docs, with: settings } = definitionOf(kind);
  return {
    fault: z.literal(kind).describe(docs),
    with: neededOf(settings).length > 0 ? settings : settings.optional(),
  };
}
