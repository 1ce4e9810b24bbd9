/** Scenarios whose result does not depend on the cluster are refused before the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import { FARM_YAML, PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-nonsense-'));
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
  writeFileSync(join(folder, 'farm.yaml'), FARM_YAML);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every error as `line:column message | hint`. */
function problems(rest: string, topology = 'farm.yaml'): string[] {
  const file = join(folder, 's.yaml');
  writeFileSync(file, `version: 1\nname: odd\ntopology: ${topology}\n${rest}`);
  try {
    loadScenario(file);
    return [];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.issues
      .filter(({ severity }) => severity === 'error')
      .map(({ line, column, message, hint }) => `${line}:${column} ${message} | ${hint ?? ''}`);
  }
}

const step = (text: string): string => `steps:\n  - { name: Odd, ${text} }\n`;
const expected = (text: string): string => step(`expect: [ ${text} ]`);
const kill = (expectation: string): string =>
  `${step('fault: node.kill, target: owner(web)')}expect:\n  - ${expectation}\n`;

describe('a time', () => {
  it.each([
    [`timeout: 0s\n${step('wait: 1s')}`, '4:10 a repeat that has no time does nothing'],
    [`timeout: 2s\n${step('wait: 3s')}`, 'a repeat may take 2 s'],
    [step('wait: 0s'), 'the step does nothing'],
    [step('fault: node.kill, target: owner(web), for: 0s'), 'node.kill would heal at once'],
    [
      step('fault: service.slow, target: node(web1), with: { delay: 0s }'),
      'service.slow by nothing does nothing',
    ],
    [
      expected('{ owner: { of: web, is: gw1, within: 1s, for: 10s } }'),
      'within 1 s is over before for 10 s',
    ],
    [
      expected('{ pool: { of: http, is: [web1], within: 1s, for: 2s } }'),
      'within 1 s is over before for 2 s',
    ],
    [
      expected('{ health: { of: web1, in: http, is: down, after: 2s, within: 1s } }'),
      'within 1 s is over before after 2 s',
    ],
    [expected('{ owner: { of: web, is: gw1, for: 0s } }'), 'owner over no time says nothing'],
    [expected('{ steady-state: { for: 0s } }'), 'steady-state over no time says nothing'],
    [expected('{ adverts: { of: web, from: gw1, for: 0s, at_most: 1 } }'), 'over no time'],
    [
      expected('{ adverts: { of: web, from: gw1, for: 1s, at_least: 3, at_most: 1 } }'),
      'at_least 3 is above at_most 1',
    ],
    [
      expected(
        '{ traffic-split: { probe: vip-http, shares: { web1: 80%, web2: 80% }, over: 1s } }',
      ),
      'the shares come to 160%',
    ],
    [kill('convergence: { max: mdi - 10s }'), 'the bound mdi - 10s is'],
    [kill('detection: { max: 50ms - 1s }'), 'no time is below zero'],
    [
      `${step('fault: node.kill, target: owner(web)')}invariants:\n  - always-owned: { vip: web, max_gap: skew - 5s }\n`,
      'no time is below zero',
    ],
  ])('of %j is refused', (text, message) => {
    expect(problems(text)).toEqual([expect.stringContaining(message)]);
  });
});

describe('a target', () => {
  it.each([
    ['fault: node.stop, target: node(client)', 'is a client and runs no router'],
    ['fault: process.kill, target: node(web1)', 'is a web and runs no router'],
    ['fault: link.down, target: "link(node(client), farm)"', '"client" is not attached to "farm"'],
    ['fault: service.stop, target: owner(web)', 'has no service: it has none'],
    ['fault: service.stop, target: node(web1), with: { service: ftp }', 'has no service "ftp"'],
    ['fault: tls.expired, target: node(web1)', 'speaks http and has no certificate'],
    [
      'fault: check-script.fail, target: owner(web), with: { script: locla }',
      'runs no check script "locla" | Did you mean "local"?',
    ],
    [
      'fault: check-script.hang, target: all(routers), with: { script: nowhere }',
      'runs no check script "nowhere"',
    ],
    ['fault: check-script.fail, target: node(client)', 'runs no check script'],
    ['fault: node.kil, target: owner(web)', 'unknown fault "node.kil" | Did you mean "node.kill"?'],
    ['fault: frobnicate, target: owner(web)', 'unknown fault "frobnicate" | There are: node.kill'],
  ])('of %s is refused', (text, message) => {
    expect(problems(step(text))).toEqual([expect.stringContaining(message)]);
  });

  it('of the checking process is refused if nothing is checked', () => {
    const text = step('fault: process.kill, target: owner(web), with: { process: check }');
    expect(problems(text, 'pair.yaml')).toEqual([expect.stringContaining('no virtual server')]);
    expect(problems(text)).toEqual([]);
  });

  it('is refused as a backup if there is none', () => {
    writeFileSync(
      join(folder, 'one.yaml'),
      PAIR_YAML.replace('      gw2: { priority: 100 }\n', ''),
    );
    const text = step('fault: node.kill, target: backup(web)');
    expect(problems(text, 'one.yaml')).toEqual([
      expect.stringContaining('"web" has one member and no backup'),
    ]);
  });
});

describe('an expectation', () => {
  it.each([
    ['{ owner: { of: web, is: client } }', '"client" is no member of "web"'],
    ['{ owner: { of: web, is: [gw1, gw1] } }', '"gw1" stands here twice'],
    ['{ notify: { of: inside, on: gw1, state: MASTER } }', 'runs no notify script of the lab'],
  ])('of %s is refused', (text, message) => {
    expect(problems(expected(text))).toEqual([expect.stringContaining(message)]);
  });
});

describe('errors', () => {
  it('are reported without their consequences', () => {
    const text =
      'steps:\n  - { name: A, expect: [ { owner: { of: web, is: gw9 } } ] }\n  - { name: B, fault: node.kil, target: owner(web) }\n  - { name: C }\n';
    expect(problems(text)).toEqual([
      '5:50 unknown node "gw9" | Did you mean "gw1"?',
      '6:23 unknown fault "node.kil" | Did you mean "node.kill"?',
      expect.stringMatching(/^7:13 the step does nothing/),
    ]);
  });

  it('of a topology are reported with those of the scenario', () => {
    writeFileSync(join(folder, 'bad.yaml'), PAIR_YAML.replace('10.0.0.0/24', '10.0.0.1/24'));
    const found = problems(
      `timeout: 0s\n${step('fault: node.kil, target: owner(web)')}`,
      'bad.yaml',
    );
    expect(found).toHaveLength(3);
    expect(problems(`stepz: 1\n${step('wait: 1s')}`, 'bad.yaml')).toHaveLength(2);
  });
});
