/**
 * Reads a scenario with `simulation:` as a case of the exact simulator, whether `explore` or a person wrote it. Lists
 * everything that the simulator cannot do.
 */
import type { FaultRequest } from '../fault/faults.ts';
import { resolveFaults } from '../fault/target.ts';
import { family } from '../net/address.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { SimulatedDrop, Simulation } from '../scenario/simulation.ts';
import {
  type Case,
  type ExactFault,
  type FaultSpec,
  faultsAt,
  type NetworkSpec,
  type RouterSpec,
} from '../sim/election/case.ts';
import { EXACT_FAULTS, type ExactActions, isExact } from '../sim/election/faults.ts';
import { RULES } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';
import type { Topology } from '../topology/topology.ts';

export type CaseReading =
  | { readonly case: Case; readonly problems?: undefined }
  | { readonly case?: undefined; readonly problems: readonly string[] };

interface Timed {
  readonly at: Micros;
  readonly id: string;
  readonly faults: readonly ExactFault[];
  for: Micros;
  /** It lasts until a step heals it. */
  open: boolean;
}

export function caseOfScenario(scenario: Scenario, simulation: Simulation): CaseReading {
  const { topology } = scenario;
  const { profile, seed, check, quiet, garp_refresh: refresh } = simulation;
  const problems: string[] = [];
  const [first] = topology.virtualRouters;
  if (first === undefined) problems.push('there is no virtual router');
  if (first !== undefined && first.version !== RULES[profile].version)
    problems.push(`profile ${profile} speaks VRRP version ${RULES[profile].version}`);
  if (first?.family === 6) problems.push('it simulates elections over IPv4');
  const names = topology.nodes.filter(({ role }) => role === 'router').map(({ name }) => name);
  const whole: Case = {
    profile,
    seed,
    routers: names.map((name, index) => ({
      ...routerOf(topology, name, problems),
      start: simulation.routers[index]?.start ?? micros(0),
      ppm: simulation.routers[index]?.ppm ?? 0,
    })),
    virtuals: Math.max(1, topology.virtualRouters.length),
    network: networkOf(simulation, names, topology),
    check,
    ...(refresh === undefined ? {} : { refresh }),
    faults: faultsOf(scenario, names, problems),
    quiet,
  };
  return problems.length === 0 ? { case: whole } : { problems };
}

function routerOf(
  topology: Topology,
  name: string,
  problems: string[],
): Omit<RouterSpec, 'start' | 'ppm'> {
  const members = topology.virtualRouters.map((router) => ({
    interval: router.advertInterval,
    member: router.members.find(({ node }) => node === name),
  }));
  const [first] = members;
  if (members.some(({ member }) => member === undefined))
    problems.push(`${name} is not a member of every virtual router`);
  if (members.some(({ member }) => member?.priority !== first?.member?.priority))
    problems.push(`${name} has different priorities in its virtual routers`);
  const own = topology.nodes.find((node) => node.name === name)?.attach ?? [];
  const found = own.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const address = found.find((candidate) => family(candidate) === 4);
  if (address === undefined) problems.push(`${name} has no IPv4 address`);
  return {
    name,
    priority: first?.member?.priority ?? 100,
    interval: first?.member?.advertInterval ?? first?.interval ?? micros(1_000_000),
    preempt: first?.member?.preempt ?? true,
    preemptDelay: first?.member?.preemptDelay ?? micros(0),
    ...(address === undefined ? {} : { address }),
  };
}

function networkOf(
  { delay, delays: slow, drops, announcement_loss: announcementLoss, ...rest }: Simulation,
  names: readonly string[],
  topology: Topology,
): NetworkSpec {
  const { lateness, calibrated, loss, burst, duplicate, reorder, hosts } = rest;
  const virtual = topology.virtualRouters.map(({ name }) => name);
  const resolved = ({ from, to, of, nth }: SimulatedDrop) => ({
    from: names.indexOf(from),
    to: names.indexOf(to),
    virtual: virtual.indexOf(of),
    nth,
  });
  const delays = slow.map((drop) => ({ ...resolved(drop), takes: drop.takes }));
  return {
    delayLeast: delay.least,
    delayMost: delay.most,
    lateness,
    calibrated,
    loss,
    burst,
    duplicate,
    reorder,
    announcementLoss,
    hosts,
    drops: drops.map(resolved),
    ...(delays.length === 0 ? {} : { delays }),
  };
}

function faultsOf(scenario: Scenario, names: readonly string[], problems: string[]): FaultSpec[] {
  const timed: Timed[] = [];
  let now = micros(0);
  for (const step of scenario.steps) {
    now = step.at ?? now;
    const { id, fault } = step;
    if (step.heal !== undefined) heal(timed, step.heal, now);
    if (fault !== undefined) {
      const faults = exactFaults(fault, scenario.topology, names, (reason) => {
        problems.push(`step "${step.name}": ${reason}`);
        return [];
      });
      const once = fault.kind === 'clock.step' || fault.kind === 'vrrp.lose';
      const open = fault.for === undefined && !once;
      timed.push({ at: now, id, faults, for: fault.for ?? micros(0), open });
    }
    now = micros(now + (step.wait ?? 0));
  }
  for (const fault of timed)
    if (fault.open) fault.for = micros(Math.max(fault.for, now - fault.at));
  return faultsAt(timed);
}

function exactFaults(
  request: FaultRequest,
  topology: Topology,
  names: readonly string[],
  refuse: (reason: string) => ExactFault[],
): ExactFault[] {
  const { target, kind } = request;
  const node = target.kind === 'link' ? target.node : target;
  if (node.kind !== 'node' || !names.includes(node.name))
    return refuse('its target must be a router by name');
  if (!isExact(kind)) return refuse(`it does not simulate ${kind}`);
  const actions: ExactActions<never> = EXACT_FAULTS[kind];
  const faults = resolveFaults(request, { topology, owners: () => [], senders: () => [] });
  if (typeof faults === 'string') return refuse(faults);
  for (const fault of faults) {
    const reason = actions.refuses?.(fault as never);
    if (reason !== undefined) refuse(reason);
  }
  return faults as ExactFault[];
}

function heal(timed: readonly Timed[], which: string, now: Micros): void {
  for (const fault of timed) {
    if (!fault.open || (which !== 'all' && which !== fault.id)) continue;
    fault.open = false;
    fault.for = micros(now - fault.at);
  }
}
