import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.ts';
import {
  type LoadedScenarios,
  loadScenario,
  NO_OVERRIDES,
  type Overrides,
} from '../../src/scenario/scenario-file.ts';
import { readYaml } from '../../src/topology/yaml/yaml-source.ts';
import { PAIR_YAML, readPlain } from '../support/topology.ts';

const CRASH = `version: 1
name: crash
topology: pair.yaml
matrix:
  advert: [1s, 100ms]
set:
  virtual_routers.web.advert_interval: \${{ matrix.advert }}
repeat: { count: 4, phase: stratified }
invariants:
  - single-owner: { vip: web, tolerate: 20ms }
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 10s }
  - name: Crash
    id: crash
    fault: node.kill
    target: owner(web)
  - name: Takeover
    expect:
      - owner: { of: web, is: gw2, within: 5s }
  - name: Back
    heal: crash
expect:
  - convergence: { max: mdi + 50ms }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-unit-'));
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string, overrides: Partial<Overrides> = {}): LoadedScenarios {
  const file = join(folder, 'crash.yaml');
  writeFileSync(file, text);
  return loadScenario(file, { ...NO_OVERRIDES, ...overrides });
}

/** Every problem as `text at its position -> message | hint`. */
function problems(text: string, overrides: Partial<Overrides> = {}): string[] {
  const lines = text.split('\n');
  try {
    return load(text, overrides).warnings.map(
      ({ message, hint }) => `warning: ${message} | ${hint}`,
    );
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.issues.map(({ line, column, message, hint }) => {
      const word = /^[^\s,}\]]+/.exec(lines[line - 1]?.slice(column - 1) ?? '')?.[0] ?? '';
      return `${word} -> ${message}${hint === undefined ? '' : ` | ${hint}`}`;
    });
  }
}

describe('a scenario file', () => {
  it('is one scenario per cell of its matrix, with `set` applied to the topology', () => {
    const { scenarios } = load(CRASH);
    expect(scenarios.map(({ cell }) => cell)).toEqual([{ advert: '1s' }, { advert: '100ms' }]);
    expect(scenarios.map(({ topology }) => topology.virtualRouters[0]?.advertInterval)).toEqual([
      1_000_000, 100_000,
    ]);
    expect(scenarios[0]?.steps[1]?.fault).toMatchObject({
      kind: 'node.kill',
      target: { kind: 'owner', of: 'web' },
      with: {},
      for: undefined,
    });
  });

  it('allows the command line to select cells, repeats and values', () => {
    const { scenarios } = load(CRASH, {
      matrix: { advert: '100ms' },
      repeat: 30,
      set: { 'virtual_routers.web.vrid': '7' },
    });
    expect(scenarios).toHaveLength(1);
    expect(scenarios[0]?.repeat.count).toBe(30);
    expect(scenarios[0]?.topology.virtualRouters[0]?.vrid).toBe(7);
  });

  it.each([
    [
      'an unknown key',
      'fault: node.kill',
      'falut: node.kill',
      'falut: -> unknown key "falut" | Did you mean "fault"?',
    ],
    [
      'an unknown assertion',
      '- convergence:',
      '- convergance:',
      'convergance: -> unknown assertion "convergance" | Did you mean "convergence"?',
    ],
    [
      'an assertion of a later version',
      '- convergence: { max: mdi + 50ms }',
      '- hitless: { max_lost: 4 }',
      'hitless: -> unknown assertion "hitless" | There are: dual-master, convergence, detection, takeover, announcement, overhead, outage, request-success.',
    ],
    [
      'an assertion in the wrong place',
      '- single-owner: { vip: web, tolerate: 20ms }',
      '- garp: { for: web }',
      'garp: -> garp cannot stand among the invariants | It stands in a step.',
    ],
    [
      'an unknown parameter',
      'is: gw1, within',
      'is: gw1, withing',
      'withing: -> unknown key "withing" | Did you mean "within"?',
    ],
    ['an unknown node', 'is: gw2', 'is: gw3', 'gw3 -> unknown node "gw3" | Did you mean "gw1"?'],
    [
      'an unknown virtual router',
      'target: owner(web)',
      'target: owner(wbe)',
      'owner(wbe) -> unknown virtual router "wbe": did you mean "web"?',
    ],
    [
      'a bad selector',
      'target: owner(web)',
      'target: gw1',
      'gw1 -> "gw1" is no selector: write owner(NAME), backup(NAME), node(NAME) or link(NODE, NETWORK)',
    ],
    [
      'a node where a link is wanted',
      'fault: node.kill',
      'fault: link.down',
      'owner(web) -> link.down needs a link | Write link(NODE, NETWORK).',
    ],
    [
      'a parameter that the fault does not have',
      'target: owner(web)',
      'target: owner(web)\n    with: { direction: in }',
      'in -> "direction" means nothing to node.kill | It takes nothing.',
    ],
    [
      'adverts that are refused where they arrive',
      'fault: node.kill',
      'fault: vrrp.block\n    with: { direction: both, mode: reject }',
      'reject -> mode: reject refuses what the node itself sends | Write direction: out without from, or mode: drop.',
    ],
    [
      'adverts that are reset',
      'fault: node.kill',
      'fault: vrrp.block\n    with: { mode: reset }',
      'reset -> vrrp.block resets nothing | Write drop or reject.',
    ],
    [
      'a forgery without an attacker on the segment',
      'fault: node.kill',
      'fault: vrrp.forge',
      expect.stringContaining('vrrp.forge needs a node with an IPv4 address on'),
    ],
    [
      'an unknown fault',
      'fault: node.kill',
      'fault: node.kil',
      'node.kil -> unknown fault "node.kil" | Did you mean "node.kill"?',
    ],
    [
      'a duration without unit',
      'within: 5s',
      'within: 5',
      '5 -> steps.2.expect.0.owner.within: a duration needs a unit: 5s or 5ms?',
    ],
    [
      'a heal without a fault',
      'heal: crash',
      'heal: crush',
      'crush -> no earlier fault has the id "crush" | Give the fault step an id, or write heal: all.',
    ],
    [
      'an undefined expression',
      'matrix.advert }}',
      'matrix.avdert }}',
      '${{ -> matrix.avdert is not defined: did you mean "advert"?',
    ],
    [
      'a path that is not there',
      'virtual_routers.web.advert',
      'virtual_routers.wbe.advert',
      'virtual_routers.wbe.advert_interval: -> the topology has no "virtual_routers.wbe" | Did you mean "web"?',
    ],
    [
      'a bound that is none',
      'mdi + 50ms',
      'mdi + 50',
      'mdi -> expect.0.convergence.max: a duration needs a unit: 50s or 50ms?',
    ],
  ])('refuses %s at its position', (_what, from, to, expected) => {
    expect(problems(CRASH.replace(from, to))).toContainEqual(expected);
  });

  it('reports a bad value of the matrix at the line that sets it', () => {
    expect(problems(CRASH.replace('[1s, 100ms]', '[1s, 105ms]'))).toEqual([
      'virtual_routers.web.advert_interval: -> VRRP version 3 counts centiseconds, 10ms..40.95s (RFC 9568 5.2.7)',
    ]);
  });

  it('refuses an expectation on a metric that nothing produces', () => {
    const text = CRASH.replace(
      '    fault: node.kill\n    target: owner(web)\n',
      '    wait: 1s\n',
    ).replace('heal: crash', 'wait: 1s');
    expect(problems(text)).toContain(
      'convergence: -> nothing produces convergence: the scenario injects no fault',
    );
    writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML.replace('to: 10.0.0.100', 'to: idle'));
    expect(problems(CRASH)).toContain(
      'convergence: -> nothing produces convergence: no UDP probe goes to an address of "web" | Add one under probes: in the topology.',
    );
  });

  it('warns of a bound below the minimum of the timers', () => {
    expect(problems(CRASH.replace('[1s, 100ms]', '[1s]').replace('mdi + 50ms', '1s'))).toEqual([
      'warning: the bound 1s is below what the timers of "web" allow | No backup can take over sooner than 2.61 s after a silent fault.',
    ]);
    expect(
      problems(CRASH.replace('[1s, 100ms]', '[1s]').replace('within: 5s', 'within: 1s')),
    ).toEqual([
      'warning: the bound 1 s is below what the timers of "web" allow | No backup can take over sooner than 2.61 s after a silent fault.',
    ]);
  });

  it('warns of a barrier that may get no time of its own', () => {
    const late = '      - arp: { at: client, for: web, is: gw2, within: 2s }\n';
    const text = CRASH.replace(/( +- owner: .*within: 5s.*\n)/, `$1${late}`);
    expect(text).toContain(late);
    expect(problems(text)).toEqual([
      'warning: within 2 s counts from the beginning of the step, and the barrier before it may take 5 s | Give it 5 s or more, or leave `within` out if it must hold at once.',
    ]);
  });

  it('warns of a p95 over few repeats', () => {
    expect(problems(CRASH.replace('max: mdi', 'p95: mdi'))).toEqual([
      'warning: a p95 of 4 repeats says little | Use max, or --repeat 20 and more.',
    ]);
  });

  it('refuses a --matrix without a known key', () => {
    expect(problems(CRASH, { matrix: { adverts: '1s' } })).toEqual([
      'version: -> --matrix adverts: this file\'s matrix has advert | Did you mean "advert"?',
    ]);
  });

  it('is refused with the name of a missing topology', () => {
    expect(problems(CRASH.replace('topology: pair.yaml', 'topology: pear.yaml'))[0]).toContain(
      'pear.yaml cannot be read: ENOENT',
    );
  });
});

describe('the shipped topologies', () => {
  it.each(['two-node', 'three-node', 'pair-v6'])('%s has no error', (name) => {
    const file = `topologies/${name}.yaml`;
    const { topology, issues } = readPlain(readYaml(file));
    expect([topology?.name, issues]).toEqual([name, []]);
  });
});

describe('the shipped scenarios', () => {
  it.each([
    'master-crash',
    'graceful-stop',
    'master-pause',
    'link-cut',
    'vrrp-filtered',
    'preempt-return',
    'nopreempt-return',
    'master-crash-v6',
  ])('%s has no error and no warning', (name) => {
    const { scenarios, warnings } = loadScenario(`scenarios/${name}.yaml`);
    expect(warnings).toEqual([]);
    expect(scenarios.length).toBe(name === 'master-crash' ? 2 : 1);
  });
});
