/** One-way cuts, counted losses and other faults that may overlap on one node of the simulated lab. */
import { describe, expect, it } from 'vitest';
import type { Peer } from '../../../src/fault/path.ts';
import { ip } from '../../../src/net/address.ts';
import { sendersOf } from '../../../src/observe/senders.ts';
import { type Instant, micros } from '../../../src/time.ts';
import { inject } from '../../support/contract.ts';
import { type SimRun, simulate } from '../../support/sim.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const GW1: Peer = { node: 'gw1', addresses: [ip('10.0.0.1')] };
const NOBODY: Peer = { node: 'client', addresses: [ip('10.0.0.9')] };

async function elected(): Promise<SimRun> {
  const run = await simulate(topology);
  await run.pass(2);
  expect(run.owners()).toEqual(['gw1']);
  return run;
}

/** Adverts of a node from an instant on. */
const adverts = (run: SimRun, node: string, since: Instant) =>
  run.timeline.of('advert').filter((event) => event.node === node && event.at > since);

describe('the simulated lab', () => {
  it('drops only the adverts of the peer on a cut path', async () => {
    const run = await elected();
    const none = { kind: 'vrrp.block', node: 'gw2', direction: 'in', from: NOBODY } as const;
    expect(await inject(run.lab, { id: 'other', fault: none })).toMatchObject({
      ok: false,
      because: 'nothing met it within 5 s',
    });
    expect(run.owners()).toEqual(['gw1']);
  });

  it('keeps a process paused until its last overlapping pause ends', async () => {
    const run = await elected();
    await run.strike('all', { kind: 'process.pause', node: 'gw1', process: 'all' });
    await inject(run.lab, {
      id: 'block',
      fault: { kind: 'vrrp.block', node: 'gw1', direction: 'both' },
    });
    const again = { kind: 'process.pause', node: 'gw1', process: 'vrrp' } as const;
    await run.strike('vrrp', again);
    await run.lab.heal('all');
    const still = run.lab.clock.now();
    await run.pass(1);
    expect(adverts(run, 'gw1', still)).toEqual([]);
    await run.lab.heal('vrrp');
    await run.pass(1);
    // It resumes inside the block, so it neither sends nor receives adverts.
    expect(run.owners().sort()).toEqual(['gw1', 'gw2']);
    await run.lab.heal('block');
    await run.pass(0.3);
    expect(run.owners()).toEqual(['gw1']);
  });

  it('slows every timer of a router', async () => {
    const run = await elected();
    await run.strike('slow', { kind: 'process.slow', node: 'gw2', by: micros(50_000) });
    await run.strike('dead', { kind: 'node.kill', node: 'gw1' });
    await run.pass(1);
    const last = run.timeline.of('advert').findLast(({ node }) => node === 'gw1')?.at ?? 0;
    const first = run.timeline.of('advert').find(({ node }) => node === 'gw2')?.at ?? 0;
    expect(first - last).toBeGreaterThan(360_938 + 50_000);
    expect(first - last).toBeLessThan(360_938 + 50_000 + 5_000);
  });

  it('forges the given number of adverts, with the given defect', async () => {
    const run = await elected();
    const forgery = {
      network: 'lan',
      source: ip('10.0.0.9'),
      version: 3,
      vrid: 51,
      priority: 250,
      interval: micros(100_000),
      addresses: [ip('10.0.0.100')],
      defect: 'ttl',
      every: micros(50_000),
      count: 3,
    } as const;
    await run.strike('forge', { kind: 'vrrp.forge', node: 'client', forgery });
    await run.pass(1);
    expect(run.timeline.of('bad-advert').map(({ check }) => check)).toEqual(['ttl', 'ttl', 'ttl']);
    expect(run.owners()).toEqual(['gw1']);
  });

  it('keeps a path cut while its node is off and on again', async () => {
    const run = await elected();
    await run.strike('off', { kind: 'node.kill', node: 'gw2' });
    const fault = { kind: 'vrrp.block', node: 'gw2', direction: 'in', from: GW1 } as const;
    run.lab.inject({ id: 'cut', fault }, run.lab.clock.now());
    await run.pass(0.1);
    await run.lab.heal('off');
    await run.pass(2);
    expect(run.owners().sort()).toEqual(['gw1', 'gw2']);
  });

  it('is not affected by a step of the wall clock', async () => {
    const run = await elected();
    const since = await run.strike('step', {
      kind: 'clock.step',
      node: 'gw1',
      by: micros(-5_000_000),
    });
    await run.pass(2);
    expect(run.owners()).toEqual(['gw1']);
    expect(adverts(run, 'gw1', since).length).toBeGreaterThan(18);
  });

  it('knows the source addresses of a node: its own, and the link-local one derived from its MAC', async () => {
    const run = await elected();
    const [four, six, ...more] = sendersOf('gw1', topology, run.timeline);
    expect([four, more]).toEqual(['10.0.0.1', []]);
    expect(six).toMatch(/^fe80::68:[0-9a-f]+ff:fe/);
  });
});
