/** Steps with their own times: exact, overlapping, and inconclusive if they are late. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerRefusals } from '../../src/cli/docker-faults.ts';
import { refusalsOf } from '../../src/fault/capability.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { EventOf, LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { cannotInject } from '../../src/run/cannot-inject.ts';
import { FaultLedger } from '../../src/run/fault-ledger.ts';
import type { ScenarioResult } from '../../src/run/result.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { SIM_FAULTS } from '../../src/sim/faults/faults.ts';
import { instant } from '../../src/time.ts';
import { cellOf, runCell } from '../support/run-cell.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-timed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (steps: string): Scenario => cellOf(folder, PAIR_YAML, `steps:\n${steps}`);

async function run(steps: string): Promise<{ result: ScenarioResult; events: LabEvent[] }> {
  const events: LabEvent[] = [];
  const onEvent = (pass: (event: LabEvent) => void) => (event: LabEvent) => {
    events.push(event);
    pass(event);
  };
  return { result: await runCell(load(steps), { folder, onEvent }), events };
}

/** Times at which gw2 reported that it became or ceased to be the owner. */
const claims = (events: LabEvent[]): string[] =>
  events
    .filter((event): event is EventOf<'state'> => event.kind === 'state' && event.node === 'gw2')
    .map(({ at, state }) => `${state} ${Math.floor(at / 100_000) / 10}`);

describe('a step with its own time', () => {
  it('injects exactly at its time, and faults overlap', async () => {
    const { result, events } = await run(`
  - { name: Deaf, at: 2.05s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 1s }
  - { name: Dead, at: 2.05s, fault: node.kill, target: node(gw1), for: 500ms }
  - { name: Late, at: 6s, expect: [ { owner: { of: web, is: gw1 } } ] }
`);
    expect(result.status).toBe('passed');
    // The wire proves that no router sent while gw2 was deaf: the cut had nothing to drop.
    expect(result.repeats[0]?.faults).toEqual([
      { fault: 'node.kill on gw1', evidence: 'the node is gone' },
      { fault: 'vrrp.block on gw2, from gw1', evidence: 'gw1 sent no advert meanwhile' },
    ]);
    const downs = events.filter(({ kind }) => kind === 'node-down');
    expect(downs).toMatchObject([{ at: 2_050_000, node: 'gw1' }]);
    const ups = events.filter(({ kind, node }) => kind === 'node-up' && node === 'gw1');
    expect(ups).toMatchObject([{ at: 0 }, { at: 2_550_000 + 300_000 }]);
  });

  it('heals overlapping faults of one node each at its end', async () => {
    const { result, events } = await run(`
  - { name: Deaf, at: 2s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 1s }
  - { name: Deafer, at: 2.5s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 1.5s }
  - { name: Both, at: 3.5s, expect: [ { owner: { of: web, is: [gw1, gw2] } } ] }
  - { name: One, at: 4.2s, expect: [ { owner: { of: web, is: gw1 } } ] }
`);
    expect(result.repeats[0]?.verdicts.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.repeats[0]?.faults).toHaveLength(2);
    expect(claims(events).slice(1)).toEqual(['MASTER 2.3', 'BACKUP 4']);
  });

  it('may cut a path without traffic, if the lab knows why', async () => {
    const { result } = await run(`
  - { name: Unheard, at: 2s, fault: vrrp.block, target: node(gw1), with: { from: gw2 }, for: 300ms }
  - { name: Off, at: 3s, fault: node.kill, target: node(gw2), for: 1s }
  - { name: Deaf, at: 3.1s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 500ms }
  - { name: Unplugged, at: 5s, fault: link.down, target: 'link(gw2, lan)', for: 1s }
  - { name: Deaf again, at: 5.1s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 500ms }
  - { name: Deaf, at: 7s, fault: vrrp.block, target: node(gw2), with: { from: gw1 }, for: 1s }
  - { name: Blocked, at: 7.1s, fault: vrrp.lose, target: node(gw2), with: { from: gw1, count: 3 }, for: 500ms }
`);
    expect(result.status).toBe('passed');
    expect(new Set(result.repeats[0]?.faults.map(({ evidence }) => evidence))).toEqual(
      new Set([
        'gw2 sent no advert meanwhile',
        'the node is gone',
        'gw2 was cut off meanwhile',
        'carrier lost on lan',
        'protocol 112 filtered in',
        'vrrp.block was in force meanwhile',
      ]),
    );
  });

  it('heals a fault of an earlier step at its time', async () => {
    const { result, events } = await run(`
  - { name: Deaf, id: deaf, at: 2s, fault: vrrp.block, target: node(gw2), with: { from: gw1 } }
  - { name: Heal, at: 3.1s, heal: deaf }
  - { name: One, at: 3.5s, expect: [ { owner: { of: web, is: gw1 } } ] }
`);
    expect(result.status).toBe('passed');
    expect(claims(events).slice(1)).toEqual(['MASTER 2.3', 'BACKUP 3.1']);
  });

  it('that is late makes the run inconclusive, with the delay', async () => {
    const { result } = await run(`
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 5s, for: 3s } } ] }
  - { name: Late, at: 1s, fault: node.kill, target: node(gw1) }
`);
    expect(result.status).toBe('inconclusive');
    expect(result.reason).toMatch(
      /^"Late" was due at 1 s and came 2\.\d+ s later: the steps before it took longer/,
    );
    expect(result.repeats[0]?.faults).toEqual([]);
  });
});

describe('a fault injected late', () => {
  it('is reported if its step has a time', () => {
    const [timed, untimed] = load(`
  - { name: Timed, at: 1s, fault: node.kill, target: node(gw1) }
  - { name: Any time, fault: node.kill, target: node(gw1) }
`).steps;
    const lines: string[] = [];
    const struck = instant(1_030_000);
    const lab = {
      clock: { now: () => instant(0) },
      inject: () => ({ outcome: () => ({ ok: true, at: struck, evidence: 'gone' }) }),
    } as unknown as Lab;
    const ledger = new FaultLedger(lab, new Timeline(topologyOf(PAIR_YAML)), {
      effective: (fault, evidence) => lines.push(`${fault.kind} ${evidence}`),
      failed: () => lines.push('failed'),
      stuck: () => lines.push('stuck'),
      late: ({ name }, at) => lines.push(`${name} ${at}`),
    });
    for (const step of [timed, untimed])
      if (step !== undefined)
        ledger.order(step, [{ kind: 'node.kill', node: 'gw1' }], {
          index: 1,
          at: instant(1_000_000),
        });
    ledger.look();
    expect(lines).toEqual(['Timed 1030000', 'node.kill gone', 'node.kill gone']);
    expect(ledger.since).toBe(struck);
  });
});

describe('a fault that a backend does not support', () => {
  const sim = refusalsOf(SIM_FAULTS);
  const scenario = (): Scenario =>
    load(`
  - { name: Slow, fault: process.slow, target: node(gw1), with: { by: 10ms } }
  - { name: Step, fault: clock.step, target: node(gw1), with: { by: -5s } }
  - { name: Reload, fault: process.reload, target: node(gw2), with: { priority: 200 } }
`);

  it('skips the cell with the reason', () => {
    expect(cannotInject(scenario(), 'sim', sim)).toEqual([]);
    expect(cannotInject(scenario(), 'docker', dockerRefusals)).toEqual([
      'process.slow exists in the simulator only: a real process cannot be slowed by an exact time',
      'clock.step exists in the simulator only: its nodes share the wall clock of their host',
    ]);
  });

  it('is a new priority if an engine reads its file only once', () => {
    const { topology, ...rest } = scenario();
    const nodes = topology.nodes.map((node) =>
      node.role === 'router' ? { ...node, engine: 'frr' as const } : node,
    );
    expect(cannotInject({ ...rest, topology: { ...topology, nodes } }, 'sim', sim)).toEqual([
      'gw2: frr cannot read another priority at SIGHUP',
    ]);
  });
});
