/**
 * Without evidence there is no verdict: if a witness is killed, paused or frozen in the middle of a run, the run gets no
 * pass and no failure, but names the witness and the time of its silence.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDocker } from '../../../src/lab/docker/connection.ts';
import { DockerLab } from '../../../src/lab/docker/docker-lab.ts';
import type { ScenarioResult } from '../../../src/run/result.ts';
import { leftovers } from '../../support/docker.ts';
import { cellOf, runCell } from '../../support/run-cell.ts';
import { PAIR_YAML } from '../../support/topology.ts';

/** Ten adverts a second and no fault: each of these expectations needs evidence. */
const STEPS = `
invariants:
  - single-owner: { vip: web }
  - stable: { vip: web, max_transitions: 0 }
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 10s } }, { steady-state: { for: 500ms } } ] }
  - { name: Disturb, wait: 1s }
  - { name: Count, expect: [ { adverts: { of: web, from: gw1, for: 4s, at_least: 10 } } ] }
  - { name: Look, expect: [ { owner: { of: web, is: gw1 } }, { outage: { max: 100ms } } ] }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-witnesses-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Disturb = (container: Docker.Container) => Promise<unknown>;

/** Runs it in Docker; `disturb` gets the container of `node` while the step "Disturb" waits. */
async function disturbed(node: string, disturb: Disturb, steps = STEPS): Promise<ScenarioResult> {
  const scenario = cellOf(folder, PAIR_YAML, steps);
  const connection = await connectDocker();
  const runId = `w${process.pid.toString(36)}${(runs++).toString(36)}`.padEnd(10, '0').slice(0, 10);
  const under = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await disturb(connection.docker.getContainer(`halab-${runId}-${node}`));
  };
  let done: Promise<void> | undefined;
  const result = await runCell(scenario, {
    folder,
    runId,
    makeLab: () => new DockerLab(connection),
    listener: {
      onStep: (_scenario, _repeat, step) => {
        if (step === 'Disturb') done = under();
      },
    },
  });
  await done;
  expect(await leftovers(runId)).toEqual([]);
  return result;
}

let runs = 0;

const signal =
  (name: NodeJS.Signals): Disturb =>
  async (container) => {
    const { State } = await container.inspect();
    process.kill(State.Pid, name);
  };

const verdictsOf = ({ repeats }: ScenarioResult): Record<string, string> =>
  Object.fromEntries(
    repeats.flatMap(({ verdicts }) =>
      verdicts.map(({ assertion, ok, inconclusive }) => [
        assertion,
        ok ? 'ok' : inconclusive === true ? 'open' : 'failed',
      ]),
    ),
  );

const failuresOf = ({ repeats }: ScenarioResult): string[] =>
  repeats.flatMap(({ verdicts }) =>
    verdicts.filter(({ ok }) => !ok).map(({ assertion, because }) => `${assertion}: ${because}`),
  );

describe('a run with a disturbed witness', () => {
  it('passes if nothing is disturbed', async () => {
    const result = await disturbed('gw1', async () => {});
    expect(failuresOf(result)).toEqual([]);
    expect(result.status).toBe('passed');
  });

  it.each<[string, Disturb, RegExp]>([
    ['killed', (container) => container.kill(), /the tap of lan ended from \d+\.\d+ s on/],
    ['paused', (container) => container.pause(), /the tap of lan said nothing from \d+\.\d+ s to/],
  ])('(the tap) is %s counts no adverts and measures no outage', async (_how, disturb, reason) => {
    const few = STEPS.replace('at_least: 10', 'at_most: 12');
    const result = await disturbed('halab-tap', disturb, few);
    expect(result.status).toBe('inconclusive');
    expect(failuresOf(result).join()).toMatch(reason);
    // The evidence of the kernels is complete.
    expect(verdictsOf(result)).toMatchObject({ 'single-owner': 'ok', adverts: 'open' });
  });

  it.each([
    ['gw1', 'the agent of gw1 said nothing'],
    ['gw2', 'the agent of gw2 said nothing'],
    ['client', 'the agent of client said nothing'],
  ])('(the agent of %s) is frozen names it', async (node, reason) => {
    const result = await disturbed(node, signal('SIGSTOP'));
    expect(result.status).toBe('inconclusive');
    expect(failuresOf(result).join()).toContain(reason);
    expect(Object.values(verdictsOf(result))).not.toContain('failed');
    const owner = node === 'client' ? 'ok' : 'open';
    expect(verdictsOf(result)).toMatchObject({ 'single-owner': owner, adverts: 'ok' });
  });

  it('(the container of the Backup) stays paused gives no verdict about its addresses', async () => {
    const result = await disturbed('gw2', (container) => container.pause());
    expect(result.status).toBe('inconclusive');
    expect(failuresOf(result).join()).toContain('the agent of gw2 said nothing');
  });

  it('in a container is killed by another process ends without a cause', async () => {
    const result = await disturbed('gw2', (container) => container.kill());
    expect(result.status).toBe('inconclusive');
    expect(failuresOf(result).join()).toContain(
      'the agent of gw2 ended, and no fault of the lab ended it',
    );
  });
});
