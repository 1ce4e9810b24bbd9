/** An engine that is missing, refuses its file or does not start affects only its own cell. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT, HalabError } from '../../src/errors.ts';
import type { Engines } from '../../src/lab/lab.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import { jsonReport } from '../../src/report/json.ts';
import { junitReport } from '../../src/report/junit.ts';
import { listReporter } from '../../src/report/list.ts';
import { exitCodeOf, type RunResult, type ScenarioResult } from '../../src/run/result.ts';
import type { ScenarioRun } from '../../src/run/run.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { cellOf, outcomeOf } from '../support/run-cell.ts';
import { PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-refused-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUILD = { engine: 'keepalived', version: '2.2.7-137-g75f30737', commit: '75f30737' };

/** A lab whose engine refuses at the start, or in a later repeat. */
class Refusing extends SimLab {
  private readonly error: Error;

  constructor(error: Error) {
    super();
    this.error = error;
  }

  override up(): Promise<void> {
    return Promise.reject(this.error);
  }

  override engines(): Engines {
    return { gw1: BUILD };
  }
}

function refusal(code: string, exitCode: number): HalabError {
  const message = `gw1: keepalived ${BUILD.version} refuses its configuration:\n    line 3`;
  return new HalabError({ code, message, hint: 'Another version may.', exitCode });
}

const load = (rest: string): Scenario => cellOf(folder, PAIR_YAML, rest);

/** On these labs, one after the other, then on simulators without output. */
function outcome(scenario: Scenario, labs: readonly SimLab[]): Promise<ScenarioRun> {
  const left = [...labs];
  return outcomeOf(scenario, { folder, makeLab: () => left.shift() ?? new SimLab() });
}

async function run(scenario: Scenario, labs: readonly SimLab[]): Promise<ScenarioResult> {
  return (await outcome(scenario, labs)).result;
}

const HOLDS = `steps: [ { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 3s } } ] } ]`;
const FAILS = `repeat: { count: 2, fresh: true }\nsteps: [ { name: Settle, expect: [ { owner: { of: web, is: gw2, within: 1s } } ] } ]`;

function whole(...scenarios: ScenarioResult[]): RunResult {
  const about = { backend: 'docker', backendReason: '', engine: '', seed: 1 } as const;
  return { ...about, environment: {}, scenarios };
}

function listed(scenario: Scenario, result: ScenarioResult): string {
  let text = '';
  const reporter = listReporter({
    write: (written) => (text += written),
    live: false,
    colour: false,
  });
  reporter.onScenarioEnd?.(scenario, result);
  void reporter.onEnd?.(whole(result));
  return text;
}

describe('a cell whose engine', () => {
  it.each([
    ['refuses its file', 'HALAB_ENGINE_CONFIG', EXIT.usage],
    ['is missing', 'HALAB_ENGINE_MISSING', EXIT.environment],
    ['does not start', 'HALAB_ENGINE_START', EXIT.environment],
  ])(
    '%s is reported with the build and the exit code, and ends nothing else',
    async (_, code, exit) => {
      const scenario = load(HOLDS);
      const broken = await run(scenario, [new Refusing(refusal(code, exit))]);
      expect(broken).toMatchObject({ status: 'inconclusive', error: { exitCode: exit } });
      const passed = await run(scenario, []);
      expect(passed.status).toBe('passed');
      expect(exitCodeOf(whole(broken, passed))).toBe(exit);
      expect(exitCodeOf(whole(passed, broken))).toBe(exit);

      const text = listed(scenario, broken);
      expect(text).toContain('ERROR written-here');
      expect(text).toContain('engines  gw1: keepalived 2.2.7-137-g75f30737');
      expect(text).toContain('      line 3\n');
      expect(text).toContain('ERROR  1 could not run');
      const report = JSON.parse(jsonReport(whole(broken, passed)));
      expect(report.exit_code).toBe(exit);
      expect(report.scenarios[0]).toMatchObject({
        error: { exitCode: exit },
        engines: { gw1: BUILD },
      });
      expect(report.scenarios[1].engines).toMatchObject({ gw1: { engine: 'halab', commit: null } });
      expect(junitReport(whole(broken))).toContain('<error type="engine"');
      expect(junitReport(whole(broken))).toContain(
        '<property name="engine.gw1" value="keepalived 2.2.7-137-g75f30737"/>',
      );
    },
  );

  it('refuses after an observed failure stays failed', async () => {
    const labs = [new SimLab(), new Refusing(refusal('HALAB_ENGINE_START', EXIT.environment))];
    const result = await run(load(FAILS), labs);
    expect(result.status).toBe('failed');
    expect(exitCodeOf(whole(result))).toBe(EXIT.failed);
  });

  it('works while the lab itself fails ends the run', async () => {
    const error = refusal('HALAB_DOCKER_LAB', EXIT.environment);
    const { cut, result } = await outcome(load(HOLDS), [new Refusing(error)]);
    expect(cut).toBe(error);
    expect(result).toMatchObject({ status: 'inconclusive', unfinished: true, repeats: [] });
    expect(result.error).toBeUndefined();
  });

  it.each([
    ['refuses', 'HALAB_ENGINE_START'],
    ['is not what fails', 'HALAB_DOCKER_LAB'],
  ])('%s in a later repeat: earlier repeats are kept, the run is not judged', async (_, code) => {
    const once = `repeat: { count: 2, fresh: true }\n${HOLDS}\nexpect: [ { dual-master: { max: 0s } } ]`;
    const labs = [new SimLab(), new Refusing(refusal(code, EXIT.environment))];
    const result = await run(load(once), labs);
    expect(result).toMatchObject({ status: 'inconclusive', verdicts: [] });
    expect(result.repeats.map(({ status }) => status)).toEqual(['passed']);
    const [cell] = JSON.parse(jsonReport(whole(result))).scenarios;
    expect(cell.repeats).toHaveLength(1);
  });

  it('works while the lab fails after an observed failure is failed and unfinished', async () => {
    const labs = [new SimLab(), new Refusing(refusal('HALAB_DOCKER_LAB', EXIT.environment))];
    const { result } = await outcome(load(FAILS), labs);
    expect(result).toMatchObject({ status: 'failed', unfinished: true });
    const ended = { exitCode: EXIT.environment, reason: 'the lab' };
    expect(exitCodeOf({ ...whole(result), ended })).toBe(EXIT.failed);
    expect(junitReport({ ...whole(result), ended })).toContain('<failure');
    expect(listed(load(FAILS), result)).toContain('FAIL  1 failed');
  });
});

describe('a pass without a judgement', () => {
  const FAULT =
    'steps: [ { name: Boot, wait: 1s }, { name: Stop, fault: node.stop, target: node(gw2) } ]';

  it('is reported with the reason', async () => {
    const scenario = load(`simulation: { schema: 1 }\n${FAULT}`);
    const result = await run(scenario, []);
    expect(result).toMatchObject({
      status: 'passed',
      unjudged: expect.stringMatching(/^nothing was judged: only the exact simulator/),
    });
    expect(exitCodeOf(whole(result))).toBe(EXIT.passed);
    const text = listed(scenario, result);
    expect(text).toContain('  nothing was judged: only the exact simulator can judge this');
    expect(text).toContain('1 passed with nothing judged');
    const [cell] = JSON.parse(jsonReport(whole(result))).scenarios;
    expect(cell).toMatchObject({ judged: false, unjudged: result.unjudged });
    expect(junitReport(whole(result))).toContain(
      '<property name="judged" value="nothing was judged',
    );
    expect((await run(load(FAULT), [])).unjudged).toContain('the scenario expects nothing');
  });

  it('does not occur if anything was judged', async () => {
    const result = await run(load(`simulation: { schema: 1 }\n${HOLDS}`), []);
    expect(result.unjudged).toBeUndefined();
    expect(JSON.parse(jsonReport(whole(result))).scenarios[0].judged).toBe(true);
  });
});
