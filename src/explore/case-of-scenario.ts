/**
 * Reads a scenario with `simulation:` as a case of the exact simulator, whether `explore` or a person wrote it. Lists
 * everything that the simulator cannot do.
 */
import type { FaultRequest } from '../fault/faults.ts';
import { resolveFaults } from '../fault/target.ts';
import { family, type IpAddress } from '../net/address.ts';
import type { Scenario, Step } from '../scenario/scenario.ts';
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
  | { readonly problems: readonly string[] };

interface Timed {
  readonly at: Micros;
  readonly id: string;
  readonly faults: readonly ExactFault[];
  for: Micros;
  /** It lasts until a step heals it. */
  open: boolean;
}

export function caseOfScenario(scenario: Scenario, simulation: Simulation): CaseReading {
  const reader = new CaseReader(scenario, simulation);
  const whole = reader.read();
  return reader.problems.length === 0 ? { case: whole } : { problems: reader.problems };
}

class CaseReader {
  readonly problems: string[] = [];
  private readonly scenario: Scenario;
  private readonly simulation: Simulation;
  private readonly names: readonly string[];

  constructor(scenario: Scenario, simulation: Simulation) {
    this.scenario = scenario;
    this.simulation = simulation;
    this.names = scenario.topology.nodes
      .filter(({ role }) => role === 'router')
      .map(({ name }) => name);
  }

  read(): Case {
    const { topology } = this.scenario;
    const { profile, seed, check, quiet, garp_refresh: refresh } = this.simulation;
    const [first] = topology.virtualRouters;
    if (first === undefined) this.problems.push('there is no virtual router');
    if (first !== undefined && first.version !== RULES[profile].version)
      this.problems.push(`profile ${profile} speaks VRRP version ${RULES[profile].version}`);
    if (first?.family === 6) this.problems.push('it simulates elections over IPv4');
    return {
      profile,
      seed,
      routers: this.names.map((name, index) => this.router(topology, name, index)),
      virtuals: Math.max(1, topology.virtualRouters.length),
      network: this.network(),
      check,
      ...(refresh === undefined ? {} : { refresh }),
      faults: this.faults(),
      quiet,
    };
  }

  private router(topology: Topology, name: string, index: number): RouterSpec {
    const members = topology.virtualRouters.map((router) => ({
      interval: router.advertInterval,
      member: router.members.find(({ node }) => node === name),
    }));
    const [first] = members;
    const simulated = this.simulation.routers[index];
    if (members.some(({ member }) => member === undefined))
      this.problems.push(`${name} is not a member of every virtual router`);
    if (members.some(({ member }) => member?.priority !== first?.member?.priority))
      this.problems.push(`${name} has different priorities in its virtual routers`);
    return {
      name,
      priority: first?.member?.priority ?? 100,
      interval: first?.member?.advertInterval ?? first?.interval ?? micros(1_000_000),
      preempt: first?.member?.preempt ?? true,
      preemptDelay: first?.member?.preemptDelay ?? micros(0),
      start: simulated?.start ?? micros(0),
      ppm: simulated?.ppm ?? 0,
      address: this.addressOf(topology, name),
    };
  }

  private addressOf({ nodes }: Topology, name: string): IpAddress {
    const own = nodes.find((node) => node.name === name)?.attach ?? [];
    const found = own.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const four = found.find((address) => family(address) === 4);
    if (four === undefined) this.problems.push(`${name} has no IPv4 address`);
    return four ?? ('0.0.0.0' as IpAddress);
  }

  private network(): NetworkSpec {
    const { simulation, scenario } = this;
    const { delay, lateness, calibrated, loss, burst, duplicate, reorder, hosts } = simulation;
    const virtual = scenario.topology.virtualRouters.map(({ name }) => name);
    const resolved = ({ from, to, of, nth }: SimulatedDrop) => ({
      from: this.names.indexOf(from),
      to: this.names.indexOf(to),
      virtual: virtual.indexOf(of),
      nth,
    });
    const delays = simulation.delays.map((drop) => ({ ...resolved(drop), takes: drop.takes }));
    return {
      delayLeast: delay.least,
      delayMost: delay.most,
      lateness,
      calibrated,
      loss,
      burst,
      duplicate,
      reorder,
      announcementLoss: simulation.announcement_loss,
      hosts,
      drops: simulation.drops.map(resolved),
      ...(delays.length === 0 ? {} : { delays }),
    };
  }

  private faults(): FaultSpec[] {
    const timed: Timed[] = [];
    let now = micros(0);
    for (const step of this.scenario.steps) {
      now = step.at ?? now;
      if (step.heal !== undefined) heal(timed, step.heal, now);
      if (step.fault !== undefined) timed.push(this.timed(step, step.fault, now));
      now = micros(now + (step.wait ?? 0));
    }
    for (const fault of timed)
      if (fault.open) fault.for = micros(Math.max(fault.for, now - fault.at));
    return faultsAt(timed);
  }

  private timed(step: Step, fault: FaultRequest, at: Micros): Timed {
    const once = fault.kind === 'clock.step' || fault.kind === 'vrrp.lose';
    return {
      at,
      id: step.id,
      faults: this.resolved(step, fault),
      for: fault.for ?? micros(0),
      open: fault.for === undefined && !once,
    };
  }

  private resolved(step: Step, request: FaultRequest): ExactFault[] {
    const refuse = (reason: string): ExactFault[] => {
      this.problems.push(`step "${step.name}": ${reason}`);
      return [];
    };
    const { target, kind } = request;
    const node = target.kind === 'link' ? target.node : target;
    if (node.kind !== 'node' || !this.names.includes(node.name))
      return refuse('its target must be a router by name');
    if (!isExact(kind)) return refuse(`it does not simulate ${kind}`);
    const actions: ExactActions<never> = EXACT_FAULTS[kind];
    const { topology } = this.scenario;
    const faults = resolveFaults(request, { topology, owners: () => [], senders: () => [] });
    if (typeof faults === 'string') return refuse(faults);
    for (const fault of faults) {
      const reason = actions.refuses?.(fault as never);
      if (reason !== undefined) refuse(reason);
    }
    return faults as ExactFault[];
  }
}

function heal(timed: readonly Timed[], which: string, now: Micros): void {
  for (const fault of timed) {
    if (!fault.open || (which !== 'all' && which !== fault.id)) continue;
    fault.open = false;
    fault.for = micros(now - fault.at);
  }
}
