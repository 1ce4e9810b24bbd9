import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../src/assert/protocol/catalogue.ts';
import { SourceError } from '../../src/errors.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';

/** A counterexample of a search is one file. */
const FILE = `version: 1
name: found
topology:
  version: 1
  name: pair
  networks: { lan: { subnet: 10.0.0.0/24 } }
  nodes:
    r1: { role: router, attach: { lan: 10.0.0.1 } }
    r2: { role: router, attach: { lan: 10.0.0.2 } }
  virtual_routers:
    web:
      vrid: 51
      network: lan
      addresses: [10.0.0.100/24]
      advert_interval: 100ms
      track: { app: { every: 1s, timeout: 500ms, rise: 2, fall: 3, weight: -60 } }
      members:
        r1: { priority: 150, advert_interval: 200ms }
        r2: { priority: 100, preempt: false, preempt_delay: 2s }
matrix:
  vrid: [51]
set:
  virtual_routers.web.vrid: \${{ matrix.vrid }}
steps:
  - name: Nothing yet
    at: 1s
    wait: 500ms
  - name: Cut
    at: 2000123us
    fault: vrrp.block
    target: node(r2)
    with: { from: r1 }
    for: 40us
  - name: Lose
    at: 2000123us
    fault: vrrp.lose
    target: node(r2)
    with: { from: r1, count: 3 }
  - name: Reload
    at: 3s
    fault: process.reload
    target: node(r1)
    with: { priority: 90, virtual_router: web }
    for: 1s
  - name: Slow
    at: 4s
    fault: process.slow
    target: node(r1)
    with: { by: 30ms }
  - name: Clock
    at: 5s
    fault: clock.step
    target: node(r1)
    with: { by: -5s }
  - name: Garbage
    at: 6s
    fault: vrrp.forge
    target: node(r1)
    with: { virtual_router: web, defect: ttl, count: 1 }
simulation:
  schema: 1
  profile: keepalived
  seed: 7
  delay: { least: 80us, most: 1ms }
  lateness: 300us
  loss: 100
  burst: 3
  drops:
    - { from: r1, to: r2, nth: 4 }
  delays:
    - { from: r2, to: r1, nth: 0, takes: 3ms }
  quiet: 12s
  routers:
    r2: { start: 20ms, clock: -100ppm }
  check: { takes: 5ms }
  invariants: [S4, L1]
  found: { seed: 42, case: 17, invariant: S4 }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-found-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string, overrides: Partial<Overrides> = {}): Scenario {
  const file = join(folder, 'found.yaml');
  writeFileSync(file, text);
  const [scenario] = loadScenario(file, { ...NO_OVERRIDES, ...overrides }).scenarios;
  if (scenario === undefined) throw new Error('no scenario');
  return scenario;
}

/** Every problem as `line text -> message | hint`. */
function problems(text: string, overrides: Partial<Overrides> = {}): string[] {
  const lines = text.split('\n');
  try {
    load(text, overrides);
    return [];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.issues.map(({ file, line, column, message, hint }) => {
      const word = /^[^\s,}\]]+/.exec(lines[line - 1]?.slice(column - 1) ?? '')?.[0] ?? '';
      const where = file.endsWith('found.yaml') ? word : file;
      return `${where} -> ${message}${hint === undefined ? '' : ` | ${hint}`}`;
    });
  }
}

describe('a counterexample file', () => {
  it('contains its topology, with `set` and the command line applied', () => {
    expect(load(FILE).topology).toMatchObject({
      name: 'pair',
      virtualRouters: [{ vrid: 51, members: [{ advertInterval: 200_000 }, { preempt: false }] }],
    });
    const over = { set: { 'virtual_routers.web.vrid': '7' }, engine: 'keepalived' } as const;
    expect(load(FILE, over).topology).toMatchObject({
      nodes: [{ engine: 'keepalived' }, { engine: 'keepalived' }],
      virtualRouters: [{ vrid: 7 }],
    });
  });

  it('gives the time of every event to the microsecond', () => {
    const [nothing, cut, lose, reload, slow, clock, garbage] = load(FILE).steps;
    expect(nothing).toMatchObject({ at: 1_000_000, wait: 500_000, fault: undefined });
    expect(cut).toMatchObject({
      at: 2_000_123,
      fault: { kind: 'vrrp.block', with: { from: 'r1', mode: 'drop' }, for: 40 },
    });
    expect(lose?.fault?.with).toEqual({ from: 'r1', count: 3 });
    expect(reload?.fault?.with).toEqual({ priority: 90, virtual_router: 'web' });
    expect(slow?.fault?.with).toEqual({ by: 30_000 });
    expect(clock?.fault?.with).toEqual({ by: -5_000_000 });
    expect(garbage?.fault?.with).toMatchObject({ defect: 'ttl', count: 1, every: 100_000 });
  });

  it('reads the settings of the exact simulator, with defaults', () => {
    expect(load(FILE).simulation).toEqual({
      schema: 1,
      profile: 'keepalived',
      seed: 7,
      delay: { least: 80, most: 1_000 },
      lateness: 300,
      calibrated: false,
      loss: 100,
      burst: 3,
      duplicate: 0,
      reorder: 0,
      announcement_loss: 0,
      hosts: 1,
      drops: [{ from: 'r1', to: 'r2', of: 'web', nth: 4 }],
      delays: [{ from: 'r2', to: 'r1', of: 'web', nth: 0, takes: 3_000 }],
      routers: [
        { node: 'r1', start: 0, ppm: 0 },
        { node: 'r2', start: 20_000, ppm: -100 },
      ],
      check: {
        interval: 1_000_000,
        timeout: 500_000,
        fall: 3,
        rise: 2,
        weight: -60,
        takes: 5_000,
      },
      quiet: 12_000_000,
      invariants: ['S4', 'L1'],
      outcome: 'holds',
      shows: [],
      found: { seed: 42, case: 17, invariant: 'S4' },
    });
    const without = FILE.slice(0, FILE.indexOf('simulation:'));
    expect(load(without).simulation).toBeUndefined();
  });

  it.each([
    [
      'a mistake in the topology',
      'role: router, attach: { lan: 10.0.0.2 }',
      'role: router, attach: { lan: 10.9.0.2 }',
      '10.9.0.2 -> 10.9.0.2 is outside network "lan" (10.0.0.0/24)',
    ],
    [
      'an unknown key of the topology',
      'preempt: false',
      'prempt: false',
      'prempt: -> unknown key "prempt" | Did you mean "preempt"?',
    ],
    [
      'a value that `set` puts into it, at its line',
      'vrid: [51]',
      'vrid: [300]',
      expect.stringContaining('virtual_routers.web.vrid: -> virtual_routers.web.vrid: Too big'),
    ],
    [
      'a topology that is neither path nor mapping',
      FILE.slice(FILE.indexOf('topology:'), FILE.indexOf('matrix:')),
      'topology: 3\n',
      '3 -> topology: a path, or the topology itself',
    ],
    [
      'a time that goes backwards',
      'at: 3s',
      'at: 2s',
      '2s -> at 2 s is too early: the steps before it are done at 2 s at the earliest | Steps run in order; `at` counts from the beginning of the first one.',
    ],
    [
      'a time before the preceding wait is over',
      'at: 2000123us\n    fault: vrrp.block',
      'at: 1.2s\n    fault: vrrp.block',
      '1.2s -> at 1.2 s is too early: the steps before it are done at 1.5 s at the earliest | Steps run in order; `at` counts from the beginning of the first one.',
    ],
    [
      'an id that is taken',
      '    with: { from: r1, count: 3 }\n',
      '    with: { from: r1, count: 3 }\n    id: step-2\n',
      'step-2 -> an earlier fault has the id "step-2" already',
    ],
    [
      'a peer that is not there',
      'with: { from: r1 }',
      'with: { from: r3 }',
      'r3 -> unknown node "r3" | Did you mean "r1"?',
    ],
    [
      'a peer that is the target',
      'with: { from: r1 }',
      'with: { from: r2 }',
      'r2 -> "r2" is the target itself',
    ],
    [
      'a peer in the other direction',
      'with: { from: r1 }',
      'with: { from: r1, direction: out }',
      'out -> "from" drops what arrives | Write direction: in, or leave it out.',
    ],
    [
      'a loss without a router',
      'with: { from: r1, count: 3 }',
      'with: { count: 3 }',
      'vrrp.lose -> vrrp.lose needs "from" | Write with: { from: ... }.',
    ],
    [
      'a reload with the priority of no member',
      'with: { priority: 90, virtual_router: web }',
      'with: { priority: 90, virtual_router: wbe }',
      'wbe -> unknown virtual router "wbe" | Did you mean "web"?',
    ],
    [
      'a priority that no router is configured with',
      'priority: 90,',
      'priority: 0,',
      '0 -> a router is configured with 1..255',
    ],
    [
      'a zero step of the clock',
      'with: { by: -5s }',
      'with: { by: -5 }',
      '-5 -> steps.5.with.by: a duration needs a unit: -5s or -5ms?',
    ],
    [
      'two defects',
      'defect: ttl',
      'defect: ttl, checksum: bad',
      'bad -> a forged advert has one defect | Leave checksum out.',
    ],
    [
      'a defect of the other version',
      'defect: ttl',
      'defect: auth-type',
      'auth-type -> only VRRP version 2 has an auth type',
    ],
    [
      'another schema, as the only error',
      'schema: 1\n  profile: keepalived',
      'schema: 2\n  profle: keepalived',
      '2 -> this counterexample was written by another schema (2); this halab reads 1 | Run it with the halab that wrote it, or search for it anew.',
    ],
    [
      'no schema',
      'schema: 1\n  profile',
      'profile',
      'profile: -> it is not said which schema this is | Write schema: 1.',
    ],
    [
      'an unknown key of the simulation',
      'burst: 3',
      'brust: 3',
      'brust: -> unknown key "brust" | Did you mean "burst"?',
    ],
    [
      'an unknown router of the simulation',
      'r2: { start',
      'r9: { start',
      'r9: -> unknown router "r9" | Did you mean "r1"?',
    ],
    [
      'a clock too fast',
      '-100ppm',
      '20000ppm',
      '20000ppm -> a clock runs at most 10000ppm fast or slow',
    ],
    ['delays that cross', 'most: 1ms', 'most: 1us', '80us -> the least delay is above the most'],
    [
      'an invariant that is none',
      '[S4, L1]',
      '[S4, S13]',
      `S13 -> invariants.1: an invariant is one of ${INVARIANTS.map(({ id }) => id).join(', ')}`,
    ],
  ])('refuses %s at its position', (_what, from, to, expected) => {
    const text = FILE.replace(from, to);
    expect(text).not.toBe(FILE);
    expect(problems(text)).toEqual([expected]);
  });
});
