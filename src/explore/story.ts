/**
 * Writes a case as an ordinary scenario file: the cluster as a topology inside it, the faults as steps at fixed times,
 * and the settings of the exact simulator in `simulation:`. `halab run FILE --backend sim` replays it to the
 * microsecond, `--backend docker` runs it for real. Read back by `case-of-scenario.ts`.
 */
import { Document, isMap, isSeq, visit } from 'yaml';
import type { Violation } from '../assert/protocol/monitor.ts';
import { SIMULATION_SCHEMA } from '../scenario/simulation-schema.ts';
import { type Case, type ExactFault, type NetworkSpec, nodeName } from '../sim/election/case.ts';
import { addressOf, RULES, virtualAddress } from '../sim/election/profile.ts';
import { type Micros, micros, seconds } from '../time.ts';
import { narrate } from './narrate.ts';

/** Characters of JSON that fit on a line behind their key. */
const SHORT = 72;
/** A scenario without `timeout` may take this long. */
const USUAL_TIMEOUT = seconds(120);
/** From the last fault to a cluster at rest, at most. */
const SETTLES = seconds(30);

export interface Origin {
  readonly name: string;
  /** Of the campaign, and the case in it. */
  readonly seed: number | undefined;
  readonly index: number | undefined;
}

type Yaml = Record<string, unknown>;

/** `whole`: simplified, so that no fault has an edge. */
export function storyOf(whole: Case, violation: Violation, origin: Origin): string {
  const head = [
    '# yaml-language-server: $schema=../src/scenario/schema/scenario.v1.json',
    `# ${violation.invariant} does not hold: ${violation.because}`,
    '#',
    ...narrate(whole, violation).map((line) => `# ${line}`.trimEnd()),
  ];
  const found = { seed: origin.seed, case: origin.index, invariant: violation.invariant };
  const file: Yaml = {
    version: 1,
    name: origin.name,
    description: `A counterexample to ${violation.invariant}: it passes as soon as ${violation.invariant} holds.`,
    tags: ['counterexample'],
    timeout: timeoutOf(whole),
    simulation: {
      ...simulationOf(whole),
      invariants: [violation.invariant],
      found,
    },
    topology: topologyOf(whole, origin.name),
    steps: stepsOf(whole),
  };
  return `${head.join('\n')}\n${yamlOf(file)}`;
}

/** For a real run: more than the default where the faults alone take longer. */
function timeoutOf({ faults }: Case): string | undefined {
  const last = faults.reduce((sum, { after }) => sum + after, 0);
  const longest = faults.reduce((most, fault) => Math.max(most, fault.for), 0);
  const needed = last + longest + SETTLES;
  return needed <= USUAL_TIMEOUT ? undefined : time(seconds(Math.ceil(needed / 1_000_000)));
}

/** Omits undefined values. Collections that fit on one line are written on one. */
function yamlOf(file: Yaml): string {
  const document = new Document(file);
  visit(document, {
    Collection: (_key, node, path) => {
      if (path.length < 2 || !(isMap(node) || isSeq(node))) return;
      if (JSON.stringify(node.toJSON()).length <= SHORT) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 100, flowCollectionPadding: true });
}

function simulationOf(whole: Case): Yaml {
  const { profile, seed, network, routers, check, quiet, refresh } = whole;
  const { delayLeast, delayMost, lateness, calibrated, drops, delays = [] } = network;
  const differing = routers.flatMap(({ start, ppm }, index) =>
    start === 0 && ppm === 0
      ? []
      : [[nodeName(index), { start: time(start), clock: `${ppm}ppm` }] as const],
  );
  return {
    schema: SIMULATION_SCHEMA,
    profile,
    seed,
    delay: { least: time(delayLeast), most: time(delayMost) },
    lateness: time(lateness),
    calibrated: calibrated ? true : undefined,
    loss: network.loss || undefined,
    duplicate: network.duplicate || undefined,
    reorder: network.reorder || undefined,
    announcement_loss: network.announcementLoss || undefined,
    burst: network.loss > 0 ? network.burst : undefined,
    hosts: network.hosts,
    garp_refresh: refresh === undefined ? undefined : time(refresh),
    quiet: quiet === undefined ? undefined : time(quiet),
    routers: differing.length === 0 ? undefined : Object.fromEntries(differing),
    check: check === undefined ? undefined : { takes: time(check.takes) },
    drops: some(drops.map(dropOf)),
    delays: some(delays.map((delay) => ({ ...dropOf(delay), takes: time(delay.takes) }))),
  };
}

function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function dropOf({ from, to, virtual, nth }: NetworkSpec['drops'][number]): Yaml {
  return { from: nodeName(from), to: nodeName(to), of: virtualName(virtual), nth };
}

function topologyOf(whole: Case, name: string): Yaml {
  const { routers, virtuals, check, profile } = whole;
  const [first] = routers;
  const members = Object.fromEntries(
    routers.map(({ priority, interval, preempt, preemptDelay }, index) => [
      nodeName(index),
      {
        priority,
        preempt: preempt ? undefined : false,
        preempt_delay: preemptDelay === 0 ? undefined : time(preemptDelay),
        advert_interval: interval === first?.interval ? undefined : time(interval),
      },
    ]),
  );
  const names = Array.from({ length: virtuals }, (_, virtual) => virtualName(virtual));
  const router = (virtual: number): Yaml => ({
    vrid: virtual + 1,
    protocol: RULES[profile].version === 2 ? 'vrrp2' : 'vrrp3',
    network: 'lan',
    addresses: [`${virtualAddress(virtual)}/16`],
    advert_interval: time(first?.interval ?? micros(1_000_000)),
    track: check === undefined ? undefined : { check: trackOf(check) },
    members,
  });
  return {
    version: 1,
    name,
    networks: { lan: { subnet: '10.99.0.0/16' } },
    nodes: Object.fromEntries(
      routers.map(({ address }, index) => [
        nodeName(index),
        { role: 'router', attach: { lan: address ?? addressOf(index) } },
      ]),
    ),
    virtual_routers: Object.fromEntries(names.map((name, virtual) => [name, router(virtual)])),
    sync_groups: virtuals > 1 ? { all: names } : undefined,
  };
}

function trackOf(check: NonNullable<Case['check']>): Yaml {
  const { interval, timeout, fall, rise, weight } = check;
  return { every: time(interval), timeout: time(timeout), fall, rise, weight };
}

/** The last step only waits: the list may not be empty, and invariants are judged at its end. */
function stepsOf(whole: Case): Yaml[] {
  let at = 0;
  const steps = whole.faults.flatMap(({ after, faults, for: lasts }): Yaml[] => {
    at += after;
    return faults.map((fault) => stepOf(fault, lasts, micros(at)));
  });
  return [...steps, { name: 'Everything is over', wait: '1s' }];
}

function stepOf(fault: ExactFault, lasts: Micros, at: Micros): Yaml {
  const { node, kind } = fault;
  const [name, settings] = SENTENCES[kind](fault as never);
  return {
    name,
    at: time(at),
    fault: kind,
    target: kind === 'link.down' ? `link(${node}, ${fault.network})` : `node(${node})`,
    with: settings,
    for: lasts === 0 ? undefined : time(lasts),
  };
}

type Sentence = readonly [name: string, settings?: Yaml];

/** The readable text, and the settings under `with:`. */
const SENTENCES: {
  readonly [K in ExactFault['kind']]: (fault: Extract<ExactFault, { kind: K }>) => Sentence;
} = {
  'node.kill': ({ node }) => [`${node} crashes`],
  'node.stop': ({ node }) => [`${node} is stopped in order`],
  'process.pause': ({ node }) => [`${node} is paused`],
  'link.down': ({ node }) => [`${node} loses its link`],
  'check-script.fail': ({ node, script }) => [`The check of ${node} fails`, { script }],
  'process.reload': ({ node, priority }) => [
    `${node} is reloaded with priority ${priority}`,
    { priority },
  ],
  'process.slow': ({ node, by }) => [`${node} is slow`, { by: time(by) }],
  'clock.step': ({ node, by }) => [`The clock of ${node} is set`, { by: time(by) }],
  'vrrp.block': ({ node, direction, from: peer }) => {
    const from = peer?.node;
    return [`${node} no longer hears ${from}`, { direction, from }];
  },
  'vrrp.lose': ({ node, from: { node: from }, count }) => {
    const adverts = count === 1 ? 'An advert' : `${count} adverts`;
    return [`${adverts} of ${from} to ${node} are lost`, { from, count }];
  },
  'vrrp.forge': ({ node, forgery: { vrid, priority, every, defect } }) => [
    `A bad advert comes to ${node}`,
    { virtual_router: virtualName(vrid - 1), priority, every: time(every), defect },
  ],
};

export function virtualName(virtual: number): string {
  return `v${virtual + 1}`;
}

/** The shortest exact text: `1s`, `250ms`, `39us`. */
function time(length: Micros): string {
  if (length % 1_000_000 === 0) return `${length / 1_000_000}s`;
  if (length % 1_000 === 0) return `${length / 1_000}ms`;
  return `${length}us`;
}
