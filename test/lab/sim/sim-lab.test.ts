import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LATENESS } from '../../../src/sim/election/lateness.ts';
import { between, type Instant } from '../../../src/time.ts';
import { inject, STORIES } from '../../support/contract.ts';
import { simulate } from '../../support/sim.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const MDI = 360_938;
const ADVERT = 100_000;

/** From t0 to the first advert of a node. */
function firstAdvert(
  run: Awaited<ReturnType<typeof simulate>>,
  node: string,
  since: Instant,
): number {
  const advert = run.timeline
    .of('advert')
    .find((event) => event.node === node && event.at >= since);
  if (advert === undefined) throw new Error(`${node} sent no advert`);
  return between(since, advert.at);
}

/** The maximum delay of a takeover in the measured table. */
const LATEST = LATENESS.rfc9568.takeover.at(-1) ?? 0;

describe('the simulated lab', () => {
  it.each(STORIES)('%s', async (_name, story) => {
    await story(await simulate(topology));
  });

  it('elects the higher priority and serves the client from it', async () => {
    const run = await simulate(topology);
    await run.pass(2);
    expect(run.owners()).toEqual(['gw1']);
    expect(
      run.timeline.probes
        .get('vip')
        ?.settledOn('gw1', { from: 1_500_000 as Instant, to: run.lab.clock.now() }),
    ).toBeDefined();
  });

  it('detects a crash one Master_Down_Interval plus timer lateness after the last advert', async () => {
    const run = await simulate(topology);
    await run.pass(2.034);
    const at = await run.strike('f', { kind: 'node.kill', node: 'gw1' });
    await run.pass(1);
    const last = run.timeline
      .of('advert')
      .findLast(({ node, at: when }) => node === 'gw1' && when <= at);
    const detection = firstAdvert(run, 'gw2', at);
    const required = MDI - between((last?.at ?? at) as Instant, at);
    expect(detection).toBeGreaterThan(required);
    expect(detection).toBeLessThan(required + 1_000);
    expect(run.owners()).toEqual(['gw2']);
  });

  it('returns the address when the node returns, with two owners for at most one trip', async () => {
    const run = await simulate(topology);
    await run.pass(2);
    const at = await run.strike('f', { kind: 'node.kill', node: 'gw1' });
    await run.pass(1);
    await run.lab.heal('f');
    await run.pass(3);
    expect(run.owners()).toEqual(['gw1']);
    const [router] = topology.virtualRouters;
    const overlaps =
      router === undefined
        ? []
        : run.timeline.ownership.overlaps(router, { from: at, to: run.lab.clock.now() });
    expect(overlaps.every(({ from, to }) => between(from, to) < 1_000)).toBe(true);
  });

  it('takes over after the skew when the owner is stopped in order', async () => {
    const run = await simulate(topology);
    await run.pass(2);
    const at = await run.strike('f', { kind: 'node.stop', node: 'gw1' });
    await run.pass(1);
    expect(firstAdvert(run, 'gw2', at)).toBeGreaterThan(60_938);
    expect(firstAdvert(run, 'gw2', at)).toBeLessThan(60_938 + LATEST + 32);
    expect(run.timeline.of('advert').filter(({ priority }) => priority === 0)).toHaveLength(1);
  });

  it('has two owners while protocol 112 is filtered, and one within one advert after', async () => {
    const run = await simulate(topology);
    await run.pass(2);
    await run.strike('f', { kind: 'vrrp.block', node: 'gw1', direction: 'both' });
    await run.pass(1);
    expect(run.owners().sort()).toEqual(['gw1', 'gw2']);
    await run.lab.heal('f');
    await run.pass((ADVERT + 1_000) / 1_000_000);
    expect(run.owners()).toEqual(['gw1']);
  });

  it("updates the client's neighbour entry with the announcement", async () => {
    const run = await simulate(topology);
    await run.pass(2);
    await run.strike('f', { kind: 'node.kill', node: 'gw1' });
    await run.pass(1);
    const [vip] = topology.virtualRouters.flatMap(({ addresses }) => addresses);
    expect(run.timeline.neighbor('client', vip?.address ?? ('' as never))).toBe(
      run.timeline.macOf('gw2', 'lan'),
    );
  });

  it('reports a fault without a change as ineffective', async () => {
    const run = await simulate(topology);
    await run.pass(2);
    const gone = {
      id: 'a',
      fault: { kind: 'process.kill', node: 'gw1', process: 'check' },
    } as const;
    expect(await inject(run.lab, gone)).toMatchObject({
      ok: false,
      because: 'no process check runs',
    });
    await run.strike('b', { kind: 'node.stop', node: 'gw1' });
    await run.pass(1);
    expect(
      await inject(run.lab, { id: 'c', fault: { kind: 'node.stop', node: 'gw1' } }),
    ).toMatchObject({ ok: false });
  });

  it('gives the same run for the same seed, and another for another seed', async () => {
    const digest = async (seed: number): Promise<string> => {
      const run = await simulate(topology, seed);
      await run.pass(2);
      await run.strike('f', { kind: 'node.kill', node: 'gw1' });
      await run.pass(2);
      return createHash('sha256').update(JSON.stringify(run.events)).digest('hex');
    };
    expect(await digest(7)).toBe(await digest(7));
    expect(await digest(7)).not.toBe(await digest(8));
  });
});
