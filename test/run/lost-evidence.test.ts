/**
 * Lost evidence may make a verdict inconclusive, but never change it otherwise: any witness stops, is silent for a
 * while or loses single events, at any moment, and no failure becomes a pass and no pass a failure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import type { Witness } from '../../src/observe/witness.ts';
import type { ScenarioResult } from '../../src/run/result.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { cases as runs } from '../support/nightly.ts';
import { RecordedLab, readRecording } from '../support/recorded-lab.ts';
import { cellOf, runCell } from '../support/run-cell.ts';
import { FARM_YAML, PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-lost-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (topology: string, rest: string): Scenario => cellOf(folder, topology, rest);

/** Half of these hold and half fail; the first run shows which. */
const CRASH = `
invariants:
  - single-owner: { vip: web }
  - always-owned: { vip: web, max_gap: 100ms }
  - stable: { vip: web, max_transitions: 1 }
  - stable: { vip: web, max_transitions: 0 }
  - protocol: { vip: web }
  - owner: { of: web, is: gw1 }
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 3s } }, { steady-state: { for: 300ms } } ] }
  - name: Crash
    fault: node.kill
    target: owner(web)
    expect:
      - owner: { of: web, is: gw2, within: 2s }
      - single-owner: { vip: web }
      - garp: { for: web, from: gw2, within: 1s }
      - arp: { at: client, for: web, is: gw2, within: 1s }
      - outage: { ended: true, within: 3s }
      - adverts: { of: web, from: gw2, for: 1s, at_least: 3 }
expect:
  - detection: { max: mdi + 5ms }
  - detection: { max: advert }
  - convergence: { max: mdi + 50ms }
  - overhead: { max: 10ms }
  - outage: { max: 100ms }
  - outage: { max: 2s }
  - dual-master: { max: 0s }
`;
/** The last step of each fails. */
const WRONG = [
  'owner: { of: web, is: gw1, within: 1s }',
  'adverts: { of: web, from: gw1, for: 1s, at_most: 3 }',
  'outage: { max: 1ms }',
  'garp: { for: web, from: gw2, within: 500ms }',
  'arp: { at: client, for: web, is: client, within: 500ms }',
].map(
  (last) => `
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 3s } } ] }
  - { name: Reload, fault: vrrp.block, target: node(gw2), for: 600ms }
  - { name: Last, wait: 1s, expect: [ { ${last} } ] }
`,
);
const FARM = `
invariants: [ { protocol: { vip: web } }, { single-owner: { vip: inside } } ]
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 10s } }, { pool: { of: http, is: [web1, web2], within: 10s } } ] }
  - name: Break
    fault: service.stop
    target: node(web2)
    expect:
      - health: { of: web2, is: down, within: 5s }
      - pool: { of: http, is: [web1], within: 5s }
      - drained: { from: web2, over: 500ms, within: 2s }
      - traffic-split: { probe: vip-http, shares: { web1: 100% }, over: 1s }
      - request-success: { probe: vip-http, min: 99%, over: 1s }
  - name: Script
    fault: check-script.fail
    target: node(gw1)
    expect:
      - track: { script: local, on: gw1, is: down, within: 3s }
      - effective-priority: { of: web, on: gw1, is: 90, within: 3s }
      - owner: { of: web, is: gw2, within: 8s }
      - notify: { of: web, on: gw2, state: MASTER, within: 3s }
expect:
  - request-success: { probe: vip-http, min: 99.9% }
`;

type Loss =
  | { readonly kind: 'stop'; readonly from: number }
  | { readonly kind: 'gap'; readonly from: number; readonly length: number }
  | { readonly kind: 'drop'; readonly every: number; readonly offset: number };

interface Losses {
  readonly witness: Witness;
  readonly loss: Loss;
}

function isLost({ witness, loss }: Losses, event: LabEvent, began: number): boolean {
  if (event.witness !== witness || event.number === undefined) return false;
  const at = event.at - began;
  if (loss.kind === 'stop') return at >= loss.from;
  if (loss.kind === 'gap') return at >= loss.from && at < loss.from + loss.length;
  return event.number % loss.every === loss.offset % loss.every;
}

function arbitrary(witnesses: readonly Witness[], most: number): fc.Arbitrary<Losses> {
  const from = fc.integer({ min: 0, max: most });
  const loss: fc.Arbitrary<Loss> = fc.oneof(
    fc.record({ kind: fc.constant('stop' as const), from }),
    fc.record({
      kind: fc.constant('gap' as const),
      from,
      length: fc.integer({ min: 1_000, max: 1_500_000 }),
    }),
    fc.record({
      kind: fc.constant('drop' as const),
      every: fc.integer({ min: 2, max: 400 }),
      offset: fc.nat(400),
    }),
  );
  return fc.record({ witness: fc.constantFrom(...witnesses), loss });
}

async function run(
  scenario: Scenario,
  makeLab: () => Lab,
  losses: readonly Losses[],
): Promise<{ result: ScenarioResult; events: LabEvent[] }> {
  const events: LabEvent[] = [];
  const onEvent = (pass: (event: LabEvent) => void) => (event: LabEvent) => {
    events.push(event);
    const began = events[0]?.at ?? 0;
    if (!losses.some((loss) => isLost(loss, event, began))) pass(event);
  };
  return { result: await runCell(scenario, { folder, makeLab, onEvent }), events };
}

type Answer = 'ok' | 'failed' | 'open';

/** Each expectation by its text and its place. */
function answers({ verdicts, repeats }: ScenarioResult): Map<string, Answer> {
  const every = [...verdicts, ...repeats.flatMap((repeat) => repeat.verdicts)];
  return new Map(
    every.map(({ text, step, ok, inconclusive }) => [
      `${step}: ${text}`,
      ok ? 'ok' : inconclusive === true ? 'open' : 'failed',
    ]),
  );
}

async function expectNoOtherVerdict(
  scenario: Scenario,
  makeLab: () => Lab,
  cases: number,
): Promise<void> {
  const whole = await run(scenario, makeLab, []);
  const truth = answers(whole.result);
  expect([...truth.values()]).not.toContain('open');
  const witnesses = [...new Set(whole.events.flatMap(({ witness }) => witness ?? []))];
  const last = Math.max(...whole.events.map(({ at }) => at)) - (whole.events[0]?.at ?? 0);
  const opened = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitrary(witnesses, last), { minLength: 1, maxLength: 2 }),
      async (losses) => {
        const { result } = await run(scenario, makeLab, losses);
        for (const [what, answer] of answers(result)) {
          const right = truth.get(what);
          if (answer === 'open') opened.add(what);
          else if (right !== undefined) expect(`${what}: ${answer}`).toBe(`${what}: ${right}`);
        }
        if (result.status !== 'inconclusive') expect(result.status).toBe(whole.result.status);
      },
    ),
    { numRuns: cases },
  );
  // The losses had an effect: most expectations were inconclusive at least once.
  expect(opened.size).toBeGreaterThanOrEqual(truth.size / 2);
}

describe('lost evidence never changes a verdict', () => {
  it('of a crash in the simulator', async () => {
    await expectNoOtherVerdict(load(PAIR_YAML, CRASH), () => new SimLab(), runs(30, 5_000));
  }, 120_000);

  it.each(WRONG.map((steps, i) => [i, steps] as const))(
    'of a failing barrier in the simulator (%i)',
    async (_i, steps) => {
      await expectNoOtherVerdict(load(PAIR_YAML, steps), () => new SimLab(), runs(12, 2_000));
    },
    120_000,
  );

  it('of services in the simulator', async () => {
    await expectNoOtherVerdict(load(FARM_YAML, FARM), () => new SimLab(), runs(12, 2_000));
  }, 120_000);

  it('of a crash that was recorded in Docker', async () => {
    const recording = readRecording('test/fixtures/recorded-crash.jsonl');
    const lab = (): Lab => new RecordedLab(recording);
    await expectNoOtherVerdict(load(recording.topology, CRASH), lab, runs(30, 3_000));
  }, 120_000);
});
