import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertionReference } from '../../src/assert/reference.ts';
import { schemaText } from '../../src/cli/schema-text.ts';
import { faultReference } from '../../src/fault/reference.ts';
import { PAIR_YAML } from '../support/topology.ts';

/** The built program, as a user runs it. */
const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function halab(...args: string[]) {
  const run = spawnSync(process.execPath, [HALAB, ...args], { encoding: 'utf8' });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

const sim = (...args: string[]) =>
  halab('run', '--backend', 'sim', '--output-dir', folder, ...args);

const BASIC = `version: 1
name: basic
topology: pair.yaml
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 5s }
`;

function scenario(text: string): string {
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
  const file = join(folder, 'basic.yaml');
  writeFileSync(file, text);
  return file;
}

describe('halab run', () => {
  it('exits with 0 if all passed, and names the backend', () => {
    const { status, out } = sim('scenarios/preempt-return.yaml');
    expect(status).toBe(0);
    expect(out).toContain('halab · sim (asked for) · seed 1');
    expect(out).toContain('PASS preempt-return');
  });

  it('exits with 1 on a failed expectation and prints line, measurement, bound, proof, evidence and command', () => {
    const { status, out } = sim(scenario(BASIC.replace('is: gw1', 'is: gw2')));
    expect(status).toBe(1);
    expect(out).toMatch(
      /basic\.yaml:7:9 {2}owner: \{ of: web, is: gw2, within: 5s \} {2}\(step "Settle", repeat 1\)/,
    );
    expect(out).toContain('measured  gw1');
    expect(out).toContain('allowed   gw2');
    expect(out).toContain('gains 10.0.0.100/24 on lan');
    const evidence = /evidence {3}(\S+)/.exec(out)?.[1] ?? '';
    expect(evidence).toMatch(/\/\d{8}-\d{6}\/basic$/);
    expect(realpathSync(join(folder, 'latest', 'basic'))).toBe(realpathSync(evidence));
    expect(out).toMatch(
      /reproduce {2}npx halab run .*basic\.yaml --backend sim --seed 1 --repeat 1/,
    );
    expect(readFileSync(join(evidence, 'nodes', 'gw1', 'keepalived.conf'), 'utf8')).toContain(
      'virtual_router_id 51',
    );
    expect(readFileSync(join(evidence, 'lan.pcap')).length).toBeGreaterThan(1_000);
  });

  it('exits with 1 and names the fault if it has no effect', () => {
    const text = `${BASIC}  - name: Drop what nobody sends\n    fault: icmp.drop\n    target: node(gw1)\n    with: { type: echo }\n`;
    const { status, out } = sim(scenario(text));
    expect(status).toBe(1);
    expect(out).toContain('icmp.drop has an observed effect');
    expect(out).toContain('icmp.drop on gw1');
  });

  it('exits with 3 if the cluster never settles: inconclusive, not failed', () => {
    const text = BASIC.replace(
      '      - owner: { of: web, is: gw1, within: 5s }',
      '      - steady-state: { for: 60s }',
    );
    const { status, out } = sim(
      scenario(text.replace('topology: pair.yaml', 'topology: pair.yaml\ntimeout: 20s')),
    );
    expect(status).toBe(3);
    expect(out).toContain('INCONCLUSIVE basic');
  });

  it('exits with 2 on errors in files, reports all of them and runs nothing', () => {
    const { status, out, err } = sim(
      scenario(BASIC.replace('is: gw1', 'is: gw9').replace('steps:', 'stepz: 1\nsteps:')),
    );
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain('basic.yaml:4:1: error: unknown key "stepz"\n    Did you mean "steps"?');
  });

  it.each([
    [['run'], 'missing required argument'],
    [['run', 'nowhere.yaml'], 'nowhere.yaml: no such file or folder'],
    [['run', 'scenarios/master-crash.yaml', '--backend', 'vm'], 'Allowed choices are docker, sim'],
    [
      ['run', 'scenarios/master-crash.yaml', '--repeat', 'x'],
      'a whole number from 1 to 1000 is wanted',
    ],
    [['run', 'scenarios/master-crash.yaml', '--reporter', 'html'], '"html" is no reporter'],
    [
      ['run', 'scenarios/master-crash.yaml', '--matrix', 'speed=1'],
      "--matrix speed: this file's matrix has advert",
    ],
    [
      ['run', 'scenarios/master-crash.yaml', '--set', 'virtual_routers.wbe.vrid=1'],
      'the topology has no "virtual_routers.wbe"',
    ],
    [['fly'], "unknown command 'fly'"],
  ])('exits with 2 on %j and gives the reason', (args, message) => {
    const { status, err } = halab(...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  it('exits with 5 if there is nothing to run', () => {
    expect(sim(folder).status).toBe(5);
    expect(sim('scenarios/master-crash.yaml', '--matrix', 'advert=7s').status).toBe(5);
  });

  it('produces identical output and files for the same seed', () => {
    const json = join(folder, 'a.json');
    const once = () => [
      sim('scenarios/master-crash.yaml', '--seed', '3', '--reporter', `list,json=${json}`).out,
      readFileSync(json, 'utf8'),
    ];
    expect(once()).toEqual(once());
    expect(sim('scenarios/master-crash.yaml', '--seed', '4').out).not.toBe(
      sim('scenarios/master-crash.yaml', '--seed', '3').out,
    );
  });

  it('ignores that its reader closes the pipe', () => {
    const command = `"$0" "$1" run scenarios/preempt-return.yaml --backend sim | head -n 1`;
    const run = spawnSync('sh', ['-c', command, process.execPath, HALAB], { encoding: 'utf8' });
    expect([run.stdout, run.stderr]).toEqual(['halab · sim (asked for) · seed 1\n', '']);
  });

  it('lists the cells of the matrix without running them', () => {
    expect(halab('run', 'scenarios/master-crash.yaml', '--list').out).toBe(
      'scenarios/master-crash.yaml  master-crash  advert=1s\nscenarios/master-crash.yaml  master-crash  advert=100ms\n',
    );
  });

  it('heals a fault by itself after `for`, while later steps run', () => {
    const text = `${BASIC}  - name: Pause for a second
    fault: process.pause
    target: owner(web)
    for: 1s
  - name: Both, then one
    expect:
      - arp: { at: client, for: web, is: gw2, within: 900ms }
      - single-owner: { vip: web, within: 2s }
      - owner: { of: web, is: gw1, for: 1s, within: 3s }
`;
    expect(sim(scenario(text)).out).toContain('PASS basic');
  });
});

describe('halab validate', () => {
  it('finds no error in the shipped files', () => {
    const { status, out } = halab('validate', 'scenarios');
    expect(status).toBe(0);
    expect(out.split('\n').filter((line) => line.endsWith(')'))).toHaveLength(
      readdirSync('scenarios').filter((file) => file.endsWith('.yaml')).length,
    );
  });

  it('exits with 2 on an error', () => {
    expect(halab('validate', scenario('version: 2\n')).status).toBe(2);
  });
});

describe('halab faults', () => {
  it('lists each fault with the backends that support it, and the reason if one does not', () => {
    const { status, out } = halab('faults');
    expect(status).toBe(0);
    expect(out).toMatch(/^fault +sim +exact +docker$/m);
    expect(out).toMatch(/^process\.slow +yes +yes +no +Every timer of the router fires later\.$/m);
    expect(out).toMatch(/^docker cannot have process\.slow: a real process cannot be slowed/m);
  });

  it('prints the same rows as JSON', () => {
    const { schema, faults } = JSON.parse(halab('faults', '--json').out);
    expect(schema).toBe('halab.faults/1');
    expect(faults).toMatchObject(JSON.parse(JSON.stringify(faultReference())));
    expect(faults[0].cannot).toEqual({ sim: null, exact: null, docker: null });
  });
});

describe('halab assertions', () => {
  it('lists each assertion with its places, its sentence and its parameters', () => {
    const { status, out } = halab('assertions');
    expect(status).toBe(0);
    expect(out).toMatch(/^single-owner \(step, invariant\): never two holders/m);
    expect(out).toMatch(/^ {2}max_gap +bound .* The longest time without an owner \[required\]$/m);
  });

  it('prints the same rows as JSON', () => {
    const { schema, assertions } = JSON.parse(halab('assertions', '--json').out);
    expect([schema, assertions]).toEqual(['halab.assertions/1', assertionReference()]);
  });
});

describe('the JSON Schemas for editors', () => {
  it.each(['topology', 'scenario'] as const)(
    '%s: the schema that halab validates with equals the one of the build',
    (kind) => {
      const built = readFileSync(
        new URL(`../../src/scenario/schema/${kind}.v1.json`, import.meta.url),
        'utf8',
      );
      expect(built).toBe(schemaText(kind));
      expect(halab('schema', kind).out).toBe(schemaText(kind));
    },
  );
});
