import { beforeAll, expect, it } from 'vitest';
import { advertLateness } from '../../src/assert/timer-lateness.ts';
import { chooseBackend } from '../../src/cli/backend.ts';
import { cellOptions } from '../../src/cli/cell-options.ts';
import { evidencePlace } from '../../src/run/evidence-folder.ts';
import { all } from '../../src/run/listener.ts';
import { runScenario } from '../../src/run/run.ts';
import { loadScenario, NO_OVERRIDES } from '../../src/scenario/scenario-file.ts';
import { plus, seconds } from '../../src/time.ts';
import type { Engine } from '../../src/topology/topology.ts';
import { withLab } from '../support/docker.ts';
import { topologyOf } from '../support/topology.ts';
import { percentile, report } from './row.ts';

/**
 * Measures the tables of `src/sim/election/lateness.ts` and prints them in that format. Needs an idle machine:
 * every busy core makes the timers later than they are.
 */
const ADVERTS = 2_000;
const TAKEOVERS = Number(process.env.HALAB_TAKEOVERS ?? 100);
const INTERVAL_US = 100_000;
/** What the simulated bridge takes on average from the tap to the receiver (us): already counted there. */
const BRIDGE_US = 20;

const ENGINES: readonly Engine[] = ['halab', 'keepalived', 'frr'];

/** A pair of each engine on one network: three Actives, thirty adverts per second. */
const TOPOLOGY = topologyOf(`version: 1
name: lateness
networks:
  lan: { subnet: 10.0.0.0/24 }
nodes:
${ENGINES.map(
  (
    engine,
    i,
  ) => `  ${engine}-a: { role: router, engine: ${engine}, attach: { lan: 10.0.0.${2 * i + 1} } }
  ${engine}-b: { role: router, engine: ${engine}, attach: { lan: 10.0.0.${2 * i + 2} } }`,
).join('\n')}
virtual_routers:
${ENGINES.map(
  (engine, i) => `  ${engine}:
    vrid: ${51 + i}
    network: lan
    addresses: [10.0.0.${101 + i}/24]
    advert_interval: 100ms
    members: { ${engine}-a: { priority: 150 }, ${engine}-b: { priority: 100 } }`,
).join('\n')}
`);

const gaps = new Map<string, readonly number[]>();

beforeAll(async () => {
  await withLab(TOPOLOGY, async ({ lab, timeline, until }) => {
    const routers = TOPOLOGY.virtualRouters;
    await until('all are owned', () =>
      routers.every((router) => timeline.ownership.owners(router).join() === `${router.name}-a`),
    );
    const from = plus(lab.clock.now(), seconds(2));
    const to = plus(from, seconds((ADVERTS * INTERVAL_US) / 1_000_000));
    await lab.clock.runUntil(plus(to, seconds(1)));
    for (const router of routers)
      gaps.set(router.name, advertLateness(timeline, router, { from, to }));
  });
}, 600_000);

it.each(ENGINES)('adverts and takeovers of %s at 100 ms adverts', async (engine) => {
  const between = gaps.get(engine) ?? [];
  const drift = between.reduce((sum, gap) => sum + gap, 0) / between.length;
  report({ name: `${engine}: mean of advert distance minus interval`, value: drift, unit: 'us' });
  for (const rank of [1, 50, 99])
    report({
      name: `${engine}: distance minus interval, p${rank} of ${between.length}`,
      value: percentile(between, rank),
      unit: 'us',
    });
  const takeover = await takeovers(engine);
  // A timer set from each sending drifts by its lateness; a timer set from its deadline does not.
  const least = Math.max(0, Math.min(...takeover));
  const advert =
    Math.abs(drift) > 20 ? between.map((gap) => Math.max(0, gap)) : aboveEnvelope(between, least);
  console.log(`${engine}: advert:   [${quantiles(advert).join(', ')}]  n ${advert.length}`);
  console.log(`${engine}: takeover: [${quantiles(takeover).join(', ')}]  n ${takeover.length}`);
  expect(advert.length).toBeGreaterThanOrEqual(ADVERTS - 20);
});

/** The new owner's first advert minus the exact Active_Down_Interval. */
async function takeovers(engine: Engine): Promise<number[]> {
  const [scenario] = loadScenario('scenarios/master-crash.yaml', {
    ...NO_OVERRIDES,
    engine,
    repeat: TAKEOVERS,
    matrix: { advert: '100ms' },
  }).scenarios;
  if (scenario === undefined) throw new Error('there is a cell at 100 ms');
  const { result } = await runScenario(
    scenario,
    [],
    cellOptions(await chooseBackend('docker'), {
      seed: 7,
      keep: true,
      evidence: evidencePlace(`halab-results/lateness-${engine}`, new Date()),
      reproduce: () => '',
      listener: all([]),
      interrupted: new Promise<never>(() => {}),
    }),
  );
  // FRR cuts its skew to whole centiseconds: 60 ms instead of 60.938.
  const cut = engine === 'frr' ? 938 : 0;
  return result.repeats.flatMap(({ metrics }) =>
    metrics.overhead === undefined ? [] : [Math.max(0, metrics.overhead + cut - BRIDGE_US)],
  );
}

/** Sums of the gaps give the position of each advert; the earliest advert is taken as `least` late. */
function aboveEnvelope(distances: readonly number[], least: number): number[] {
  let sum = 0;
  const places = distances.map((gap) => {
    sum += gap;
    return sum;
  });
  const first = Math.min(...places);
  return places.map((place) => place - first + least);
}

/** At 0, 1/16, ... 15/16, and the 99th percentile instead of the maximum, which the machine decides. */
function quantiles(values: readonly number[]): number[] {
  return Array.from({ length: 17 }, (_, i) =>
    Math.round(percentile(values, Math.min(99, (100 * i) / 16))),
  );
}
