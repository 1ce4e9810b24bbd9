/** The shape of `simulation:` in a scenario file; `simulation.ts` resolves its names. */
import * as z from 'zod';
import { INVARIANTS } from '../assert/protocol/catalogue.ts';
import { CLASSES } from '../assert/protocol/coverage.ts';
import { duration, name } from '../topology/yaml/scalars.ts';

/** Whose rules decide where the documents and the implementations differ. */
export const PROFILES = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'] as const;

const IDS = INVARIANTS.map(({ id }) => id);

/** The number that `simulation.schema` must have: the version that this halab writes and reads. */
export const SIMULATION_SCHEMA = 1;

const perMille = z.number().min(0).max(1_000).default(0);

const drop = z.strictObject({
  from: name.describe('The router that sends them'),
  to: name.describe('The router that does not hear them in time'),
  of: name.optional().describe('A virtual router [the first]'),
  nth: z.int().min(0).describe('Counted from 0 among the adverts of `from` for it'),
});

const FIRST_SCRIPT = "[that of the topology's first tracked script]";

export const simulationSchema = z.strictObject({
  schema: z.literal(SIMULATION_SCHEMA).describe('A file of another one is refused'),
  profile: z.enum(PROFILES).default('rfc9568').describe('Whose rules'),
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(0)
    .describe("Of the network's draws and the timers' lateness"),
  delay: z
    .strictObject({
      least: duration.optional().describe('The shortest [100us]'),
      most: duration.optional().describe('The longest [2ms, or `least` if that is longer]'),
    })
    .optional()
    .describe('Of every delivery, uniform'),
  lateness: duration.prefault('500us').describe('Timers fire up to this late, uniform'),
  calibrated: z.boolean().default(false).describe('Lateness as measured of the profile'),
  loss: perMille.describe('While faults last, per mille of the deliveries'),
  burst: z.number().min(1).max(1_000).default(1).describe('Lost in a row on average'),
  duplicate: perMille.describe('While faults last, per mille'),
  reorder: perMille.describe(
    'While faults last, per mille: held back by up to ten times the most delay',
  ),
  announcement_loss: perMille.describe('While faults last, per mille'),
  drops: z.array(drop).optional().describe('Exactly these adverts are lost'),
  delays: z
    .array(drop.extend({ takes: duration.describe('On the way') }))
    .optional()
    .describe('Exactly these adverts take so long'),
  hosts: z.int().min(0).max(64).default(1).describe('Clients that learn an owner'),
  garp_refresh: duration
    .optional()
    .describe('keepalived garp_master_refresh of every router [none]'),
  quiet: duration
    .optional()
    .describe('Watched after the last fault is over [as long as every bound needs]'),
  routers: z
    .record(
      name,
      z.strictObject({
        start: duration.prefault('0s').describe('When its process starts'),
        clock: z
          .string()
          .regex(
            /^[+-]?\d{1,5}ppm$/,
            'a clock runs fast by parts per million, such as 100ppm or -50ppm',
          )
          .default('0ppm')
          .describe('How much its clock runs fast, -10000ppm..10000ppm'),
      }),
    )
    .optional()
    .describe('By their names'),
  check: z
    .strictObject({
      interval: duration.optional().describe(`From run to run ${FIRST_SCRIPT}`),
      timeout: duration.optional().describe(`A longer run has failed ${FIRST_SCRIPT}`),
      fall: z.int().min(1).max(100).optional().describe(`Failures in a row ${FIRST_SCRIPT}`),
      rise: z.int().min(1).max(100).optional().describe(`Successes in a row ${FIRST_SCRIPT}`),
      weight: z.int().min(-253).max(253).optional().describe(`0: FAULT ${FIRST_SCRIPT}`),
      takes: duration.optional().describe('How long a run takes [1ms]'),
    })
    .optional()
    .describe('The script every router tracks'),
  invariants: z
    .array(z.enum(IDS, `an invariant is one of ${IDS.join(', ')}`))
    .min(1)
    .optional()
    .describe('Judged by the exact simulator [all that apply]'),
  outcome: z
    .enum(['holds', 'violated'])
    .default('holds')
    .describe('violated: it passes if one of the invariants does not hold'),
  shows: z
    .array(z.enum(CLASSES))
    .min(1)
    .optional()
    .describe(
      'Events that must occur at least once, by the names that halab explore counts [nothing]',
    ),
  found: z
    .strictObject({
      seed: z.int().min(0).optional().describe('Of the campaign'),
      case: z.int().min(0).optional().describe('Its number in the campaign'),
      invariant: z.string().max(80).optional().describe('That did not hold'),
    })
    .optional()
    .describe('Where it comes from'),
});

export type SimulationText = z.output<typeof simulationSchema>;
