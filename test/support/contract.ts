/**
 * The contract of every backend: the same tests run on the simulator and on Docker. The engine has two
 * hosts; both must behave equally.
 */
import { expect } from 'vitest';
import { configChange } from '../../src/fault/config-change.ts';
import type { Fault, FaultOrder } from '../../src/fault/faults.ts';
import type { Peer } from '../../src/fault/path.ts';
import type { InjectResult, Lab } from '../../src/lab/lab.ts';
import { ip } from '../../src/net/address.ts';
import type { Timeline } from '../../src/observe/timeline.ts';
import { between, type Instant, plus, seconds } from '../../src/time.ts';
import type { Topology } from '../../src/topology/topology.ts';

export interface ContractRun {
  readonly lab: Lab;
  readonly topology: Topology;
  readonly timeline: Timeline;
  /** Waits until the condition holds; throws with the events if it does not. */
  until(what: string, condition: () => boolean, withinSeconds?: number): Promise<void>;
  /** Injects at once; throws if there was no effect. */
  strike(id: string, fault: Fault): Promise<Instant>;
  /** The nodes that hold the virtual address of the pair. */
  owners(): string[];
}

/** Injects and waits for the effect. */
export async function inject(
  lab: Lab,
  order: FaultOrder,
  at: Instant = lab.clock.now(),
): Promise<InjectResult> {
  const { outcome } = lab.inject(order, at);
  await lab.clock.runUntil(plus(at, seconds(30)), () => outcome() !== undefined);
  const result = outcome();
  if (result === undefined) throw new Error(`nothing came of ${order.fault.kind}`);
  return result;
}

/** Active_Down_Interval of gw2 in the pair. */
const MDI = 360_938;

export const elected = (run: ContractRun): Promise<void> =>
  run.until('gw1 owns the address', () => run.owners().join() === 'gw1');

const takenOver = (run: ContractRun): Promise<void> =>
  run.until('gw2 owns the address', () => run.owners().join() === 'gw2');

const split = (run: ContractRun): Promise<void> =>
  run.until('both hold the address', () => run.owners().length === 2);

const resignations = (run: ContractRun): number =>
  run.timeline.of('advert').filter(({ priority }) => priority === 0).length;

async function healed(run: ContractRun, id: string): Promise<void> {
  await run.lab.heal(id);
  await elected(run);
}

/** t2 - t1 - MDI: the delay of the backup beyond its timer. */
function overhead(run: ContractRun, at: number): number {
  const adverts = run.timeline.of('advert');
  const first = adverts.find(({ node, at: when }) => node === 'gw2' && when >= at);
  const last = adverts.findLast(({ node, at: when }) => node === 'gw1' && when < (first?.at ?? 0));
  if (first === undefined || last === undefined) throw new Error('no takeover was seen');
  return between(last.at, first.at) - MDI;
}

/** Each on a new lab of the pair. */
export const STORIES: readonly [string, (run: ContractRun) => Promise<void>][] = [
  [
    'powers a node off without a resignation, and on again',
    async (run) => {
      await elected(run);
      const at = await run.strike('f', { kind: 'node.kill', node: 'gw1' });
      await takenOver(run);
      expect(resignations(run)).toBe(0);
      const late = run.timeline
        .of('advert')
        .filter(({ node, at: when }) => node === 'gw1' && when > at + 1_000);
      expect(late).toEqual([]);
      // It may have sent one before gw1 was up, too.
      await run.until('gw2 has sent an advert', () =>
        run.timeline.of('advert').some(({ node, at: when }) => node === 'gw2' && when >= at),
      );
      expect(overhead(run, at)).toBeGreaterThan(-1_000);
      await healed(run, 'f');
    },
  ],
  [
    'stops a router in order, once',
    async (run) => {
      await elected(run);
      await run.strike('stop', { kind: 'node.stop', node: 'gw1' });
      await takenOver(run);
      expect(resignations(run)).toBe(1);
      const again = { id: 'again', fault: { kind: 'node.stop', node: 'gw1' } } as const;
      expect(await inject(run.lab, again)).toMatchObject({ ok: false });
      await healed(run, 'stop');
    },
  ],
  [
    "kills processes: the node's kernel keeps the address, a new child goes on with it",
    async (run) => {
      await elected(run);
      await run.strike('kill', { kind: 'process.kill', node: 'gw1', process: 'all' });
      await split(run);
      expect(resignations(run)).toBe(0);
      await healed(run, 'kill');

      const reportCount = (): number =>
        run.timeline.of('state').filter(({ node }) => node === 'gw1').length;
      const before = reportCount();
      await run.strike('child', { kind: 'process.kill', node: 'gw1', process: 'vrrp' });
      await run.until('the new child has reported a state', () => reportCount() > before);
      expect(resignations(run)).toBe(0);
      await elected(run);
    },
  ],
  [
    'pauses processes: two owners until they go on',
    async (run) => {
      await elected(run);
      await run.strike('pause', { kind: 'process.pause', node: 'gw1', process: 'all' });
      await split(run);
      await healed(run, 'pause');
    },
  ],
  [
    'pulls a cable: FAULT, and back',
    async (run) => {
      await elected(run);
      await run.strike('cable', { kind: 'link.down', node: 'gw1', network: 'lan' });
      await takenOver(run);
      const claim = run.timeline.of('state').findLast(({ node }) => node === 'gw1');
      expect(claim).toMatchObject({ state: 'FAULT', reason: 'interface-down' });
      await healed(run, 'cable');
    },
  ],
  [
    'filters protocol 112 in each direction: two owners until it is gone',
    async (run) => {
      await elected(run);
      for (const direction of ['both', 'out'] as const) {
        await run.strike(direction, { kind: 'vrrp.block', node: 'gw1', direction });
        await split(run);
        await healed(run, direction);
      }
      await run.strike('in', { kind: 'vrrp.block', node: 'gw2', direction: 'in' });
      await split(run);
      await healed(run, 'in');
    },
  ],
  [
    'cuts the path from one peer, one way, and each cut heals by itself',
    async (run) => {
      await elected(run);
      const cut = { kind: 'vrrp.block', node: 'gw2', direction: 'in', from: GW1 } as const;
      await run.strike('one', cut);
      await run.strike('two', cut);
      await split(run);
      await run.lab.heal('one');
      const since = run.lab.clock.now();
      const more = (): number => run.timeline.since('advert', since).length;
      await run.until('both have gone on sending', () => more() > 10);
      expect(run.owners()).toHaveLength(2);
      await healed(run, 'two');
    },
  ],
  [
    'loses exactly the given number of adverts',
    async (run) => {
      await elected(run);
      const sent = (since: number): number =>
        run.timeline.of('advert').filter(({ node, at }) => node === 'gw1' && at > since).length;
      await run.until('gw2 has heard it a few times', () => sent(0) > 3);
      const claims = (): number =>
        run.timeline.of('state').filter(({ node, state }) => node === 'gw2' && state === 'MASTER')
          .length;
      const before = claims();
      const lose = { kind: 'vrrp.lose', node: 'gw2', from: GW1 } as const;
      // The fourth advert after the last one heard is too late, the third is not.
      const two = await run.strike('two', { ...lose, count: 2 });
      await run.until('six more adverts', () => sent(two) > 6);
      expect(claims()).toBe(before);
      const three = await run.strike('three', { ...lose, count: 3 });
      await run.until('six more adverts', () => sent(three) > 6);
      expect(claims()).toBe(before + 1);
      await elected(run);
    },
  ],
  [
    'reloads with another priority, and takes it back',
    async (run) => {
      await elected(run);
      const change = configChange({ priority: 90, of: undefined }, 'gw1', run.topology);
      if (typeof change === 'string') throw new Error(change);
      await run.strike('low', { kind: 'process.reload', node: 'gw1', change });
      await takenOver(run);
      await healed(run, 'low');
      // A fault that is healed while the node is off is gone, too.
      await run.strike('again', { kind: 'process.reload', node: 'gw1', change });
      await takenOver(run);
      await run.strike('off', { kind: 'node.kill', node: 'gw1' });
      await run.lab.heal('again');
      await healed(run, 'off');
    },
  ],
];

const GW1: Peer = { node: 'gw1', addresses: [ip('10.0.0.1')] };
