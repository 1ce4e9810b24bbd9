/**
 * A scenario with `simulation:` as a case of the exact simulator: `story.ts` the other way round, and the way for
 * files written by hand. What the simulator cannot do is listed, all at once.
 */

import type { FaultRequest } from '../fault/faults.ts';
import type { Selector } from '../fault/selector.ts';
import { defectOf, directionOf } from '../fault/vrrp.ts';
import { family, type IpAddress } from '../net/address.ts';
import type { Scenario, Step } from '../scenario/scenario.ts';
import type { Simulation } from '../scenario/simulation.ts';
import type { Case, FaultSpec, NetworkSpec, RouterSpec, What } from '../sim/election/case.ts';
import { RULES } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';
import type { Topology } from '../topology/topology.ts';

export type CaseReading =
  | { readonly case: Case; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

interface Timed {
  readonly at: Micros;
  readonly id: string;
  readonly whats: readonly What[];
  lasts: Micros;
  /** It ends with a heal. */
  open: boolean;
}

export function caseOfScenario(scenario: Scenario, simulation: Simulation): CaseReading {
  const reader = new CaseReader(scenario, simulation);
  const whole = reader.read();
  return reader.problems.length === 0 ? { case: whole } : { problems: reader.problems };
}

type RequestOf<K> = Extract<FaultRequest, { readonly kind: K }>;

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
    const { profile, seed, network, check, quiet, refresh } = this.simulation;
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
      network: this.network(network),
      check,
      ...(refresh === undefined ? {} : { refresh }),
      faults: this.faults(),
      quiet,
    };
  }

  private router(topology: Topology, name: string, index: number): RouterSpec {
    const members = topology.virtualRouters.map((one) => ({
      interval: one.advertInterval,
      member: one.members.find(({ node }) => node === name),
    }));
    const [first] = members;
    const simulated = this.simulation.routers[index];
    if (members.some(({ member }) => member === undefined))
      this.problems.push(`${name} is not a member of every virtual router`);
    if (members.some(({ member }) => member?.priority !== first?.member?.priority))
      this.problems.push(`${name} has different priorities in its virtual routers`);
    return {
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

  private network(network: Simulation['network']): NetworkSpec {
    const virtual = this.scenario.topology.virtualRouters.map(({ name }) => name);
    const resolved = ({ from, to, of, nth }: Simulation['network']['drops'][number]) => ({
      from: this.names.indexOf(from),
      to: this.names.indexOf(to),
      virtual: virtual.indexOf(of),
      nth,
    });
    const { delays, ...rest } = network;
    const drops = network.drops.map(resolved);
    if (delays.length === 0) return { ...rest, drops };
    const exact = delays.map((one) => ({ ...resolved(one), takes: one.takes }));
    return { ...rest, drops, delays: exact };
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
    for (const one of timed) if (one.open) one.lasts = longest(one.lasts, micros(now - one.at));
    let last = 0;
    return timed.flatMap(({ at, whats, lasts }) =>
      whats.map((what): FaultSpec => {
        const after = micros(at - last);
        last = at;
        return { after, edge: undefined, for: lasts, what };
      }),
    );
  }

  private timed(step: Step, fault: FaultRequest, at: Micros): Timed {
    const whats = this.whats(step, fault);
    const once = fault.kind === 'clock.step' || fault.kind === 'vrrp.lose';
    return {
      at,
      id: step.id,
      whats,
      lasts: fault.for ?? micros(0),
      open: fault.for === undefined && !once,
    };
  }

  private whats(step: Step, fault: FaultRequest): What[] {
    const router = this.target(step, fault.target);
    if (router === undefined) return [];
    switch (fault.kind) {
      case 'node.kill':
        return [{ kind: 'crash', router }];
      case 'node.stop':
        return [{ kind: 'stop', router }];
      case 'process.pause':
        return [{ kind: 'pause', router }];
      case 'link.down':
        return [{ kind: 'link', router }];
      case 'check-script.fail':
        return [{ kind: 'break', router }];
      case 'process.slow':
        return [{ kind: 'slow', router, by: fault.with.by }];
      case 'clock.step':
        return [{ kind: 'wall-clock', router, by: fault.with.by }];
      case 'process.reload':
        return [
          { kind: 'reload', router, priority: fault.with.priority ?? this.configured(router) },
        ];
      case 'vrrp.forge':
        return this.forged(step, fault, router);
      case 'vrrp.lose':
        return [
          {
            kind: 'lose',
            from: this.names.indexOf(fault.with.from),
            to: router,
            count: fault.with.count,
          },
        ];
      case 'vrrp.block':
        return this.blocked(step, fault, router);
      default:
        this.problems.push(`step "${step.name}": it does not simulate ${fault.kind}`);
        return [];
    }
  }

  private configured(router: number): number {
    const [first] = this.scenario.topology.virtualRouters;
    return first?.members.find(({ node }) => node === this.names[router])?.priority ?? 100;
  }

  private forged(step: Step, { with: settings }: RequestOf<'vrrp.forge'>, router: number): What[] {
    const defect = defectOf(settings);
    if (defect === undefined) {
      this.problems.push(`step "${step.name}": it simulates forged adverts with a defect only`);
      return [];
    }
    return [{ kind: 'garbage', router, defect }];
  }

  /** One path, or all to and from the node. */
  private blocked(step: Step, { with: settings }: RequestOf<'vrrp.block'>, router: number): What[] {
    const { from } = settings;
    const direction = directionOf(settings);
    if (settings.mode !== 'drop')
      this.problems.push(`step "${step.name}": its adverts are lost on the way only, mode: drop`);
    const others = this.names.map((_, index) => index).filter((index) => index !== router);
    const inward = from === undefined ? others : [this.names.indexOf(from)];
    const cut = (a: number, b: number): What => ({ kind: 'cut', from: a, to: b });
    return [
      ...(direction === 'out' ? [] : inward.map((other) => cut(other, router))),
      ...(direction === 'in' ? [] : others.map((other) => cut(router, other))),
    ];
  }

  private target(step: Step, target: Selector): number | undefined {
    const node = target.kind === 'link' ? target.node : target;
    const index = node.kind === 'node' ? this.names.indexOf(node.name) : -1;
    if (index >= 0) return index;
    this.problems.push(`step "${step.name}": its target must be a router by name`);
    return undefined;
  }
}

function heal(timed: readonly Timed[], which: string, now: Micros): void {
  for (const one of timed) {
    if (!one.open || (which !== 'all' && which !== one.id)) continue;
    one.open = false;
    one.lasts = micros(now - one.at);
  }
}

function longest(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}
