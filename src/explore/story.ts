/**
 * A case as an ordinary scenario file: the cluster as a topology inside it, the faults as steps at fixed times, and
 * what only the exact simulator reads in `simulation:`. `halab run FILE --backend sim` replays it to the
 * microsecond, `--backend docker` runs it for real. Read back by `case-of-scenario.ts`.
 */
import { Document, isMap, isSeq, visit } from 'yaml';
import type { Violation } from '../assert/protocol/monitor.ts';
import { SIMULATION_SCHEMA } from '../scenario/simulation-schema.ts';
import { FORGED_PRIORITY } from '../sim/election/bad-packet.ts';
import type { Case, FaultSpec, NetworkSpec } from '../sim/election/case.ts';
import { addressOf, RULES, virtualAddress } from '../sim/election/profile.ts';
import { pathsOf } from '../sim/election/schedule.ts';
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
  const file: Yaml = defined({
    version: 1,
    name: origin.name,
    description: `A counterexample to ${violation.invariant}: it passes as soon as ${violation.invariant} holds.`,
    tags: ['counterexample'],
    timeout: timeoutOf(whole),
    simulation: {
      ...simulationOf(whole),
      invariants: [violation.invariant],
      found: defined(found),
    },
    topology: topologyOf(whole, origin.name),
    steps: stepsOf(whole),
  });
  return `${head.join('\n')}\n${yamlOf(file)}`;
}

/** For a run for real: more than a scenario gets by itself where the faults alone take so long. */
function timeoutOf({ faults }: Case): string | undefined {
  const last = faults.reduce((sum, { after }) => sum + after, 0);
  const longest = faults.reduce((most, one) => Math.max(most, one.for), 0);
  const needed = last + longest + SETTLES;
  return needed <= USUAL_TIMEOUT ? undefined : time(seconds(Math.ceil(needed / 1_000_000)));
}

/** What fits on a line stands on one. */
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
  const rates = {
    loss: network.loss,
    duplicate: network.duplicate,
    reorder: network.reorder,
    announcement_loss: network.announcementLoss,
  };
  const differing = routers.flatMap(({ start, ppm }, index) =>
    start === 0 && ppm === 0
      ? []
      : [[nodeName(index), { start: time(start), clock: `${ppm}ppm` }] as const],
  );
  return defined({
    schema: SIMULATION_SCHEMA,
    profile,
    seed,
    delay: { least: time(delayLeast), most: time(delayMost) },
    lateness: time(lateness),
    calibrated: calibrated ? true : undefined,
    ...Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate > 0)),
    burst: network.loss > 0 ? network.burst : undefined,
    hosts: network.hosts,
    garp_refresh: refresh === undefined ? undefined : time(refresh),
    quiet: quiet === undefined ? undefined : time(quiet),
    routers: differing.length === 0 ? undefined : Object.fromEntries(differing),
    check: check === undefined ? undefined : { takes: time(check.takes) },
    drops: drops.length === 0 ? undefined : drops.map(dropOf),
    delays:
      delays.length === 0
        ? undefined
        : delays.map((one) => ({ ...dropOf(one), takes: time(one.takes) })),
  });
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
      defined({
        priority,
        preempt: preempt ? undefined : false,
        preempt_delay: preemptDelay === 0 ? undefined : time(preemptDelay),
        advert_interval: interval === first?.interval ? undefined : time(interval),
      }),
    ]),
  );
  const names = Array.from({ length: virtuals }, (_, virtual) => virtualName(virtual));
  const router = (virtual: number): Yaml =>
    defined({
      vrid: virtual + 1,
      protocol: RULES[profile].version === 2 ? 'vrrp2' : 'vrrp3',
      network: 'lan',
      addresses: [`${virtualAddress(virtual)}/16`],
      advert_interval: time(first?.interval ?? micros(1_000_000)),
      track: check === undefined ? undefined : { check: trackOf(check) },
      members,
    });
  return defined({
    version: 1,
    name,
    networks: { lan: { subnet: '10.99.0.0/16' } },
    nodes: Object.fromEntries(
      routers.map(({ address }, index) => [
        nodeName(index),
        { role: 'router', attach: { lan: address ?? addressOf(index) } },
      ]),
    ),
    virtual_routers: Object.fromEntries(names.map((one, virtual) => [one, router(virtual)])),
    sync_groups: virtuals > 1 ? { all: names } : undefined,
  });
}

function trackOf(check: NonNullable<Case['check']>): Yaml {
  const { interval, timeout, fall, rise, weight } = check;
  return { every: time(interval), timeout: time(timeout), fall, rise, weight };
}

/** The last one only waits: a step list may not be empty, and the end is where an invariant must hold. */
function stepsOf(whole: Case): Yaml[] {
  let at = 0;
  const steps = whole.faults.flatMap((fault): Yaml[] => {
    at += fault.after;
    return stepOf(whole, fault, micros(at));
  });
  return [...steps, { name: 'Everything is over', wait: '1s' }];
}

function stepOf({ routers }: Case, fault: FaultSpec, at: Micros): Yaml[] {
  const one = (name: string, kind: string, target: string, how?: Yaml): Yaml =>
    defined({
      name,
      at: time(at),
      fault: kind,
      target,
      with: how,
      for: fault.for === 0 ? undefined : time(fault.for),
    });
  const { what } = fault;
  const node = 'router' in what ? nodeName(what.router) : '';
  const on = `node(${node})`;
  switch (what.kind) {
    case 'crash':
      return [one(`${node} crashes`, 'node.kill', on)];
    case 'stop':
      return [one(`${node} is stopped in order`, 'node.stop', on)];
    case 'pause':
      return [one(`${node} is paused`, 'process.pause', on)];
    case 'link':
      return [one(`${node} loses its link`, 'link.down', `link(${node}, lan)`)];
    case 'break':
      return [one(`The check of ${node} fails`, 'check-script.fail', on, { script: 'check' })];
    case 'reload':
      return [
        one(`${node} is reloaded with priority ${what.priority}`, 'process.reload', on, {
          priority: what.priority,
        }),
      ];
    case 'slow':
      return [one(`${node} is slow`, 'process.slow', on, { by: time(what.by) })];
    case 'wall-clock':
      return [one(`The clock of ${node} is set`, 'clock.step', on, { by: time(what.by) })];
    case 'garbage': {
      const spec = routers[what.router];
      const every = time(micros((spec?.interval ?? 1_000_000) / 2));
      const how = {
        virtual_router: virtualName(0),
        priority: FORGED_PRIORITY,
        every,
        defect: what.defect,
      };
      return [one(`A bad advert comes to ${node}`, 'vrrp.forge', on, how)];
    }
    case 'lose': {
      const [from, to] = [nodeName(what.from), nodeName(what.to)];
      const name = `${what.count === 1 ? 'An advert' : `${what.count} adverts`} of ${from} to ${to} are lost`;
      return [one(name, 'vrrp.lose', `node(${to})`, { from, count: what.count })];
    }
    default: {
      const paths =
        what.kind === 'cut'
          ? [[what.from, what.to] as const]
          : pathsOf(what.side, what.oneWay, routers.length);
      return paths.map(([a, b]) => {
        const [from, to] = [nodeName(a), nodeName(b)];
        const how = { direction: 'in', from };
        return one(`${to} no longer hears ${from}`, 'vrrp.block', `node(${to})`, how);
      });
    }
  }
}

export function nodeName(router: number): string {
  return `r${router + 1}`;
}

export function virtualName(virtual: number): string {
  return `v${virtual + 1}`;
}

/** The shortest exact text: `1s`, `250ms`, `39us`. */
function time(length: Micros): string {
  if (length % 1_000_000 === 0) return `${length / 1_000_000}s`;
  if (length % 1_000 === 0) return `${length / 1_000}ms`;
  return `${length}us`;
}

function defined(object: Yaml): Yaml {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
