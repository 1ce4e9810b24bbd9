/** `simulation:` of a scenario file, which makes it a whole simulated election; a counterexample is such a file. */
import type { SourceIssue } from '../errors.ts';
import { type Micros, micros, milliseconds } from '../time.ts';
import { type Report, reportOn } from '../topology/file/topology-issues.ts';
import type { Topology } from '../topology/topology.ts';
import { type Path, schemaIssues, type YamlSource } from '../topology/yaml/yaml-source.ts';
import { SIMULATION_SCHEMA, type SimulationText, simulationSchema } from './simulation-schema.ts';

/** The block with its defaults and with names of the topology. */
export interface Simulation
  extends Omit<SimulationText, 'delay' | 'drops' | 'delays' | 'routers' | 'check' | 'shows'> {
  readonly delay: { readonly least: Micros; readonly most: Micros };
  readonly drops: readonly SimulatedDrop[];
  /** Deliveries that take exactly so long. */
  readonly delays: readonly (SimulatedDrop & { readonly takes: Micros })[];
  /** One for every router of the topology, in its order. */
  readonly routers: readonly {
    readonly node: string;
    /** When its process starts. */
    readonly start: Micros;
    /** Its clock runs this much fast, -10 000..10 000 parts per million. */
    readonly ppm: number;
  }[];
  /** Undefined: no router tracks a script. */
  readonly check: SimulatedCheck | undefined;
  /** Classes of events that must occur at least once. */
  readonly shows: readonly string[];
}

/** The `nth` advert (from 0) that `from` sent for the virtual router `of`, on its way to `to`. */
export type SimulatedDrop = Readonly<Delivery & { of: string }>;
type Delivery = NonNullable<SimulationText['drops']>[number];

type SimulatedCheck = Required<{ [K in keyof CheckText]: Exclude<CheckText[K], undefined> }>;
type CheckText = NonNullable<SimulationText['check']>;

const DELAY_LEAST = micros(100);
const DELAY_MOST = milliseconds(2);
const CHECK_TAKES = milliseconds(1);
const MOST_PPM = 10_000;

/** `source` is the block alone. */
export function readSimulation(
  source: YamlSource,
  topology: Topology,
  issues: SourceIssue[],
): Simulation | undefined {
  const report = reportOn(source, undefined, issues);
  if (isForeign(source.value, report)) return undefined;
  const parsed = simulationSchema.safeParse(source.value);
  if (parsed.success) return resolved(parsed.data, topology, report);
  issues.push(...schemaIssues(source, parsed.error, [], simulationSchema));
  return undefined;
}

/** Reported alone, because other differences follow from it. */
function isForeign(value: unknown, report: Report): boolean {
  if (value === null || typeof value !== 'object') return false;
  const schema = 'schema' in value ? value.schema : undefined;
  if (schema === SIMULATION_SCHEMA) return false;
  if (schema === undefined)
    report.error([], 'it is not said which schema this is', `Write schema: ${SIMULATION_SCHEMA}.`);
  else
    report.error(
      ['schema'],
      `this counterexample was written by another schema (${String(schema)}); this halab reads ${SIMULATION_SCHEMA}`,
      'Run it with the halab that wrote it, or search for it anew.',
    );
  return true;
}

function resolved(text: SimulationText, topology: Topology, report: Report): Simulation {
  const { least = DELAY_LEAST, most = micros(Math.max(least, DELAY_MOST)) } = text.delay ?? {};
  if (least > most) report.error(['delay', 'least'], 'the least delay is above the most');
  return {
    ...text,
    delay: { least, most },
    drops: readDeliveries('drops', text.drops ?? [], topology, report),
    delays: readDeliveries('delays', text.delays ?? [], topology, report),
    routers: readRouters(text, topology, report),
    check: readCheck(text.check, topology, report),
    shows: text.shows ?? [],
  };
}

/** `drops` and `delays` name deliveries alike. */
function readDeliveries<T extends Delivery>(
  key: 'drops' | 'delays',
  deliveries: readonly T[],
  topology: Topology,
  report: Report,
): (T & { of: string })[] {
  const routers = routersOf(topology);
  const virtual = topology.virtualRouters.map(({ name }) => name);
  return deliveries.map((delivery, i) => {
    const { from, to, of = virtual[0] ?? '' } = delivery;
    checkName([key, i, 'from'], 'router', from, routers, report);
    checkName([key, i, 'to'], 'router', to, routers, report);
    checkName([key, i, 'of'], 'virtual router', of, virtual, report);
    return { ...delivery, of };
  });
}

function readRouters(
  { routers = {} }: SimulationText,
  topology: Topology,
  report: Report,
): Simulation['routers'] {
  const known = routersOf(topology);
  for (const name of Object.keys(routers))
    checkName(['routers', name], 'router', name, known, report);
  return known.map((node) => {
    const { start = micros(0), clock = '0ppm' } = routers[node] ?? {};
    const ppm = Number.parseInt(clock, 10);
    if (Math.abs(ppm) > MOST_PPM)
      report.error(['routers', node, 'clock'], `a clock runs at most ${MOST_PPM}ppm fast or slow`);
    return { node, start, ppm };
  });
}

/** The defaults are those of the topology's first tracked script. */
function readCheck(
  text: SimulationText['check'],
  { virtualRouters }: Topology,
  report: Report,
): SimulatedCheck | undefined {
  const [tracked] = virtualRouters.flatMap(({ track }) => track);
  if (text === undefined && tracked === undefined) return undefined;
  const interval: Micros | undefined = text?.interval ?? tracked?.every;
  if (interval === undefined)
    report.error(
      ['check'],
      'how often the check runs is not said',
      'Add interval: 1s, or track a script.',
    );
  const every = interval ?? micros(0);
  return {
    interval: every,
    timeout: text?.timeout ?? tracked?.timeout ?? every,
    fall: text?.fall ?? tracked?.fall ?? 1,
    rise: text?.rise ?? tracked?.rise ?? 1,
    weight: text?.weight ?? tracked?.weight ?? 0,
    takes: text?.takes ?? CHECK_TAKES,
  };
}

function routersOf({ nodes }: Topology): string[] {
  return nodes.filter(({ role }) => role === 'router').map(({ name }) => name);
}

function checkName(
  path: Path,
  what: string,
  word: string,
  known: readonly string[],
  report: Report,
): void {
  if (!known.includes(word)) report.unknown(path, what, word, known);
}
