/** A metric starts at the fault that moved the owner, and uses the deadline of the timer that was due. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultResult, ScenarioResult } from '../../src/run/result.ts';
import { cellOf, runCell } from '../support/run-cell.ts';
import { PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-failovers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (topology: string, rest: string): Promise<ScenarioResult> =>
  runCell(cellOf(folder, topology, rest), { folder });

const failovers = async (topology: string, steps: string): Promise<readonly FaultResult[]> => {
  const { repeats, status, reason } = await run(topology, steps);
  expect([status, reason]).toEqual(['passed', undefined]);
  return repeats[0]?.failovers ?? [];
};

const rows = (all: readonly FaultResult[]): string[] =>
  all.map(
    ({ router, fault, node, from, to }) => `${router}: ${fault} on ${node}, ${from} to ${to}`,
  );

const settle = `
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 8s } }, { steady-state: { for: 300ms } } ] }
`;

/** Skew of priority 100 at 100 ms adverts, and the down interval. */
const SKEW = 60_938;
const DOWN = 300_000 + SKEW;

describe('a failover', () => {
  it.each([
    ['node.kill', DOWN],
    ['node.stop', SKEW],
    ['process.pause', DOWN],
  ])('of %s is measured by the timer that was due', async (fault, timer) => {
    const all = await failovers(
      PAIR_YAML,
      `${settle}  - { name: Break, fault: ${fault}, target: node(gw1), ${fault.endsWith('pause') ? 'for: 1s, ' : ''}expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }`,
    );
    expect(rows(all.slice(0, 1))).toEqual([`web: ${fault} on gw1, gw1 to gw2`]);
    const { detection, overhead } = all[0]?.metrics ?? {};
    expect(overhead).toBeGreaterThanOrEqual(0);
    expect(overhead).toBeLessThan(5_000);
    expect(detection).toBeLessThan(timer + 100_000);
  });

  it('of a lowered priority counts from the last advert that held the Backup back', async () => {
    const tracked = PAIR_YAML.replace(
      '    members:',
      '    track: { local: { weight: -60, every: 100ms, rise: 2, fall: 2 } }\n    members:',
    );
    const all = await failovers(
      tracked,
      `${settle}  - { name: Weight, fault: check-script.fail, target: node(gw1), expect: [ { owner: { of: web, is: gw2, within: 8s } } ] }`,
    );
    expect(rows(all)).toEqual(['web: check-script.fail on gw1, gw1 to gw2']);
    expect(all[0]?.metrics.overhead).toBeGreaterThanOrEqual(0);
    expect(all[0]?.metrics.overhead).toBeLessThan(5_000);
  });

  it('does not include a returning router that preempts', async () => {
    const all = await failovers(
      PAIR_YAML,
      `${settle}
  - { name: Kill, id: kill, fault: node.kill, target: node(gw1), expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }
  - { name: Back, heal: kill, expect: [ { owner: { of: web, is: gw1, within: 5s } } ] }`,
    );
    expect(rows(all)).toEqual(['web: node.kill on gw1, gw1 to gw2']);
  });

  it('of a raised priority has no observed timer', async () => {
    const all = await failovers(
      PAIR_YAML,
      `${settle}  - { name: Raise, fault: process.reload, target: node(gw2), with: { priority: 200 }, expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }`,
    );
    expect(rows(all)).toEqual(['web: process.reload on gw2, gw1 to gw2']);
    const { overhead } = all[0]?.metrics ?? {};
    expect(overhead === undefined || (overhead >= 0 && overhead < 5_000)).toBe(true);
  });

  it('is measured for each of several faults, and not for an unrelated one', async () => {
    const steps = `${settle}
  - { name: Elsewhere, id: port, fault: port.block, target: node(idle), with: { port: 81 } }
  - { name: Kill, id: kill, fault: node.kill, target: node(gw1) }
  - { name: Other, wait: 100ms, expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }
  - { name: Back, heal: kill, expect: [ { owner: { of: web, is: gw1, within: 5s } }, { steady-state: { for: 300ms } } ] }
  - { name: Stop, id: stop, fault: node.stop, target: node(gw1), expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }
`.replace(/.*id: port.*\n/, '');
    const all = await failovers(
      PAIR_YAML,
      `${steps}
expect:
  - detection: { fault: kill, max: mdi + 5ms }
  - detection: { fault: stop, max: skew + 5ms }`,
    );
    expect(rows(all)).toEqual([
      'web: node.kill on gw1, gw1 to gw2',
      'web: node.stop on gw1, gw1 to gw2',
    ]);
    expect(all[1]?.metrics.detection).toBeLessThan(SKEW + 5_000);
  });

  it('counts from the first fault, even if another one follows before the owner moves', async () => {
    const all = await failovers(
      PAIR_YAML,
      `${settle}
  - { name: Kill, at: 3s, fault: node.kill, target: node(gw1) }
  - { name: Also, at: 3.1s, fault: process.reload, target: node(gw2) }
  - { name: Moved, expect: [ { owner: { of: web, is: gw2, within: 2s } } ] }`,
    );
    expect(rows(all)).toEqual(['web: node.kill on gw1, gw1 to gw2']);
    expect(all[0]?.metrics.detection).toBeGreaterThan(DOWN - 100_000);
  });
});

describe('a metric without a measurement', () => {
  it('is inconclusive, not 0, if the probe sent nothing', async () => {
    const { repeats } = await run(
      PAIR_YAML.replace('vip: {', 'vip: { every: 1s,'),
      `${settle}  - { name: Reload, fault: process.reload, target: node(gw1), expect: [ { outage: { max: 100ms } } ] }`,
    );
    const [verdict] = repeats[0]?.verdicts.filter(({ assertion }) => assertion === 'outage') ?? [];
    expect(verdict).toMatchObject({ ok: false, inconclusive: true, measured: undefined });
    expect(verdict?.because).toContain('probe vip has asked nothing since the last fault');
  });
});
