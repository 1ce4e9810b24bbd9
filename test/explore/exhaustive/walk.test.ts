/**
 * The search misses no state: clusters of complete machines, fed with encoded packets by another
 * driver at random, reach no combination of states that the search has not seen.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainConfig } from '../../../src/engine/core/config.ts';
import type { InstanceState } from '../../../src/engine/vrrp/instance-state.ts';
import type { InterfaceStatus, VrrpEffect, VrrpInput } from '../../../src/engine/vrrp/io.ts';
import { stepRouter } from '../../../src/engine/vrrp/router.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
} from '../../../src/engine/vrrp/router-state.ts';
import { SNAPSHOT_WIDTH, snapshot } from '../../../src/engine/vrrp/snapshot.ts';
import {
  type Cluster,
  type ClusterSpec,
  clusterOf,
  type Member,
} from '../../../src/explore/exhaustive/cluster.ts';
import { newCheck, runCheck } from '../../../src/explore/exhaustive/exhaustive.ts';
import { type Random, random, shuffled } from '../../../src/random.ts';
import { type Instant, instant, micros, plus } from '../../../src/time.ts';
import { DUEL, SMALL } from '../../support/check.ts';
import { cases } from '../../support/nightly.ts';

type Send = Extract<VrrpEffect, { kind: 'send' }>;
interface Flying {
  readonly to: number;
  readonly at: number;
  readonly sends: readonly Send[];
}

const DEAD = 'down';

/** Everything the search saw, as the rows of all routers. */
function seen(cluster: Cluster): Set<string> {
  const check = newCheck(cluster);
  for (const _ of runCheck(check, 1_000_000));
  const { model, search } = check;
  const known = new Set<string>();
  for (let state = 0; state < search.states.count; state++) {
    const rows = model.nodes.map(({ engine }, i) => {
      const index = (search.states.rows[state * model.width + i] ?? 0) & 0xffff;
      const { rows: all, width } = engine.states;
      return index === 0 ? DEAD : all.slice(index * width, index * width + SNAPSHOT_WIDTH).join();
    });
    known.add(rows.join('|'));
  }
  return known;
}

class Walk {
  private readonly cluster: Cluster;
  private readonly draw: Random;
  private readonly left: { -readonly [K in keyof ClusterSpec['budgets']]: number };
  private readonly routers: (RouterState | undefined)[];
  private flying: Flying[] = [];
  private tick = 0;

  constructor(cluster: Cluster, seed: number) {
    this.cluster = cluster;
    this.draw = random(seed);
    this.left = { ...cluster.spec.budgets };
    this.routers = cluster.members.map(() => undefined);
  }

  /** Runs one tick of all routers; returns their states. */
  step(): string {
    const sent = this.routers.map((_, i) => this.turn(i));
    for (const [from, sends] of sent.entries()) this.fly(from, sends);
    this.tick++;
    return this.routers.map((router) => this.row(router)).join('|');
  }

  private turn(index: number): Send[] {
    const { members, statuses } = this.cluster;
    const sends: Send[] = [];
    const feed = (input: VrrpInput): void => {
      const router = this.routers[index];
      if (router === undefined) return;
      stepRouter(router, input, this.now(), (effect) => {
        if (effect.kind === 'send') sends.push(effect);
        return true;
      });
    };
    if (this.routers[index] === undefined) {
      if (this.tick > 0 && !this.chance('restarts', 0.2)) return [];
      const { config } = (members[index] as Member).fresh();
      this.routers[index] = createRouter(plainConfig([config]));
      feed({ kind: 'interface', status: statuses[index] as InterfaceStatus });
      feed({ kind: 'startup' });
    } else if (this.chance('crashes', 0.02)) {
      this.routers[index] = undefined;
      return [];
    } else if (this.chance('stops', 0.02)) {
      feed({ kind: 'shutdown' });
      this.routers[index] = undefined;
      return sends;
    }
    for (const input of this.inputs(index)) feed(input);
    return sends;
  }

  /** The inputs of the router in this tick, in an order that keeps the order of each sender. */
  private inputs(index: number): VrrpInput[] {
    const router = this.routers[index] as RouterState;
    const due = (nextRouterDeadline(router) ?? Number.POSITIVE_INFINITY) <= this.now();
    const groups: VrrpInput[][] = due ? [[{ kind: 'wake' }]] : [];
    for (const { sends } of this.flying.filter(({ to, at }) => to === index && at === this.tick)) {
      if (this.chance('losses', 0.2)) continue;
      groups.push(sends.map((send) => ({ ...send, kind: 'packet', interface: 'lan' })));
    }
    return shuffled(groups, this.draw).flat();
  }

  private fly(from: number, sends: readonly Send[]): void {
    this.flying = this.flying.filter(({ at }) => at > this.tick);
    const { least, most } = this.cluster.spec.delay;
    for (let to = 0; sends.length > 0 && to < this.routers.length; to++) {
      const delay = least + Math.floor(this.draw.next() * (most - least + 1));
      if (to !== from) this.flying.push({ to, at: this.tick + delay, sends });
    }
  }

  private chance(what: keyof ClusterSpec['budgets'], share: number): boolean {
    if (this.left[what] === 0 || this.draw.next() >= share) return false;
    this.left[what]--;
    return true;
  }

  private now(): Instant {
    return plus(instant(7_000_000), micros(this.tick * this.cluster.spec.tick));
  }

  private row(router: RouterState | undefined): string {
    if (router === undefined) return DEAD;
    const row = new Int32Array(SNAPSHOT_WIDTH);
    snapshot(router.instances[0] as InstanceState, this.now(), this.cluster, row, 0);
    return row.join();
  }
}

describe('the explored states', () => {
  it.each([
    ['two routers', SMALL],
    ['three of mixed intervals', { ...DUEL, budgets: { ...DUEL.budgets, losses: 1 } }],
    ['version 2', { ...SMALL, profile: 'rfc3768' as const }],
  ])('contain every state of a random walk: %s', (_name, spec) => {
    const cluster = clusterOf(spec);
    const known = seen(cluster);
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const walk = new Walk(cluster, seed);
        for (let tick = 0; tick < 120; tick++) {
          const state = walk.step();
          reached.add(state);
          if (!known.has(state)) throw new Error(`tick ${tick}: ${state}`);
        }
      }),
      { numRuns: cases(300, 5_000) },
    );
    // The walk changed states.
    expect(reached.size).toBeGreaterThan(100);
  });
});
