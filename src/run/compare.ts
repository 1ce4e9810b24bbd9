/** One scenario with the same repeats and phases in the simulator and in a real lab: distributions, role traces. */
import type { Metrics, RepeatRecord } from '../assert/metrics.ts';
import { protocolTimes } from '../assert/protocol-times.ts';
import { agreement, type RoleTrace, roleTrace } from '../assert/role-trace.ts';
import { percentile } from '../assert/statistics.ts';
import { advertLateness } from '../assert/timer-lateness.ts';
import { compareSamples, type SampleComparison } from '../assert/two-samples.ts';
import { EXIT } from '../errors.ts';
import type { Backend } from '../lab/lab.ts';
import { agentOf, tapOf } from '../observe/witness.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatMicros, type Micros, micros, milliseconds } from '../time.ts';
import { all, type RunListener } from './listener.ts';
import { type RepeatResult, type ScenarioResult, TIMES } from './result.ts';
import { type RunOptions, runScenario } from './run.ts';

/** Timers later than this share of the advertisement interval show the machine rather than the cluster. */
const LATE_SHARE = 0.2;

/** Changes closer than this may come in either order: timers and claims of a repeat that counts are up to that late. */
const LONGEST_EPS = milliseconds(20);

/** The result of one cell on one backend. */
export interface World extends Pick<ScenarioResult, 'status' | 'reason' | 'error'> {
  readonly backend: Backend;
  /** Expectations failed, and not only in repeats that were rejected. */
  readonly failed: boolean;
  /** Repeats that count, in their order. */
  readonly kept: readonly Observation[];
  readonly rejected: readonly { readonly repeat: number; readonly reason: string }[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Observation {
  readonly repeat: number;
  readonly metrics: Metrics;
  readonly trace: RoleTrace;
}

export interface ScenarioComparison extends Pick<Scenario, 'name' | 'file' | 'cell'> {
  /** The engines of the routers: `halab`, `frr, keepalived`. */
  readonly engines: string;
  /** Why nothing was compared. */
  readonly skipped: string | undefined;
  /** Active_Down_Interval of the best backup: the reference for differences. */
  readonly downInterval: Micros;
  readonly simulated: World;
  readonly real: World;
  readonly metrics: readonly MetricComparison[];
  /** Share of the real role traces that the simulator also produced; undefined: nothing was compared. */
  readonly agreement: number | undefined;
}

export interface MetricComparison extends SampleComparison {
  readonly metric: (typeof TIMES)[number];
}

/** With the options of each world. The simulator runs first: it is done soon. */
export async function compareScenario(
  scenario: Scenario,
  options: Record<'simulated' | 'real', RunOptions>,
): Promise<ScenarioComparison> {
  const model = await observe(scenario, 'sim', options.simulated);
  const isSkipped = model.status === 'skipped';
  const world = isSkipped ? notRun(model.reason) : await observe(scenario, 'docker', options.real);
  const { name, file, cell, topology } = scenario;
  const [router] = topology.virtualRouters;
  if (router === undefined)
    throw new Error('checked when the file was read: there is a virtual router');
  // Each repeat has its own phase: a repeat that counts on one backend only would shift its median.
  const [ours, real] = [inBoth(model, world), inBoth(world, model)];
  const metrics = TIMES.flatMap((metric) => {
    const compared = compareSamples(samples(ours, metric), samples(real, metric));
    return compared === undefined ? [] : [{ metric, ...compared }];
  });
  const eps = micros(Math.min(LONGEST_EPS, LATE_SHARE * router.advertInterval));
  const traces = ({ kept }: World): RoleTrace[] => kept.map(({ trace }) => trace);
  return {
    name,
    file,
    cell,
    engines: enginesOf([scenario]),
    skipped: whyNothing([model, world]),
    downInterval: protocolTimes(router).mdi,
    simulated: model,
    real: world,
    metrics,
    agreement: agreement(traces(model), traces(world), eps),
  };
}

function whyNothing(worlds: readonly World[]): string | undefined {
  const skipped = worlds.find(({ status }) => status === 'skipped');
  if (skipped !== undefined) return skipped.reason;
  const empty = worlds.find(({ kept }) => kept.length === 0);
  if (empty === undefined) return undefined;
  const [first] = empty.rejected;
  if (empty.error !== undefined) return `${empty.backend}: ${empty.error.reason}`;
  return `${empty.backend}: ${first === undefined ? 'no repeat ran' : `every repeat was rejected: ${first.reason}`}`;
}

function inBoth({ kept }: World, other: World): Observation[] {
  const repeats = new Set(other.kept.map(({ repeat }) => repeat));
  return kept.filter(({ repeat }) => repeats.has(repeat));
}

function samples(kept: readonly Observation[], metric: (typeof TIMES)[number]): Micros[] {
  return kept.flatMap(({ metrics }) => metrics[metric] ?? []);
}

async function observe(scenario: Scenario, backend: Backend, options: RunOptions): Promise<World> {
  const kept: Observation[] = [];
  const rejected: { repeat: number; reason: string }[] = [];
  const listener: RunListener = {
    onRepeat: (_scenario, result, record) => {
      const reason = unfit(result, record);
      const { index: repeat, metrics } = result;
      if (reason !== undefined) rejected.push({ repeat, reason });
      else kept.push({ repeat, metrics, trace: roleTrace(record.timeline, record.window) });
    },
  };
  const { result, environment, cut } = await runScenario(scenario, [], {
    ...options,
    listener: all([options.listener, listener]),
  });
  if (cut !== undefined) throw cut;
  const { status, reason, error } = result;
  const failed = status === 'failed' && rejected.length === 0;
  const broken = error === undefined ? {} : { error };
  return { backend, status, reason, failed, kept, rejected, environment, ...broken };
}

/** Why a repeat does not count as a measurement; undefined: it counts. */
export function unfit(result: RepeatResult, record: RepeatRecord): string | undefined {
  const { timeline, topology, window } = record;
  const witnesses = [
    ...topology.networks.map(({ name }) => tapOf(name)),
    ...topology.nodes.map(({ name }) => agentOf(name)),
  ];
  const blind = timeline.witnesses.blind(witnesses, window);
  if (blind !== undefined) return `the ${blind.witness} ${blind.what}`;
  if (result.status === 'inconclusive') return 'the repeat was inconclusive';
  for (const router of topology.virtualRouters) {
    const lateness = advertLateness(timeline, router, window);
    const late = lateness.length === 0 ? undefined : percentile(lateness, 99);
    if (late !== undefined && late > LATE_SHARE * router.advertInterval)
      return `the timers of ${router.name} were late: p99 ${formatMicros(late)}, more than 20 % of the interval`;
  }
  return undefined;
}

export function exitCodeOf(comparisons: readonly ScenarioComparison[]): number {
  const compared = comparisons.filter(({ skipped }) => skipped === undefined);
  const worlds = comparisons.flatMap(({ simulated, real }) => [simulated, real]);
  if (worlds.some(({ failed }) => failed)) return EXIT.failed;
  const broken = worlds.find(({ error }) => error !== undefined)?.error;
  if (broken !== undefined) return broken.exitCode;
  if (worlds.some(({ rejected, kept }) => rejected.length > 0 && kept.length === 0))
    return EXIT.inconclusive;
  return compared.length > 0 ? EXIT.passed : EXIT.nothing;
}

/** The engines of the routers: `halab`, `frr, keepalived`. */
export function enginesOf(cells: readonly Scenario[]): string {
  const nodes = cells.flatMap(({ topology }) => topology.nodes);
  const routers = nodes.filter(({ role }) => role === 'router');
  return [...new Set(routers.map(({ engine }) => engine))].sort().join(', ');
}

function notRun(reason: string | undefined): World {
  const nothing = { kept: [], rejected: [], environment: {} };
  return { backend: 'docker', status: 'skipped', reason, failed: false, ...nothing };
}
