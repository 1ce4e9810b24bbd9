import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';
import type { Node } from '../../src/topology/topology.ts';

/** Any program of this machine; it is not started. */
const BUILD = process.execPath;
const SHIPPED = readdirSync('scenarios').filter((file) => file.endsWith('.yaml'));

function routers(file: string, overrides: Partial<Overrides>): Node[][] {
  const { scenarios } = loadScenario(file, { ...NO_OVERRIDES, ...overrides });
  return scenarios.map(({ topology }) => topology.nodes.filter(({ role }) => role === 'router'));
}

describe.each(SHIPPED)('an own build under %s', (name) => {
  const file = `scenarios/${name}`;

  it('is set on every router by --engine-path', () => {
    const cells = routers(file, { enginePath: BUILD });
    expect(cells.length).toBeGreaterThan(0);
    for (const node of cells.flat())
      expect(node).toMatchObject({ engine: 'keepalived', program: { path: BUILD } });
    expect(routers(file, { engine: 'keepalived', enginePath: BUILD })).toEqual(cells);
  });

  it('is set on each router by --set', () => {
    for (const { name: router } of routers(file, {})[0] ?? []) {
      for (const node of routers(file, { set: { [`nodes.${router}.engine.path`]: BUILD } }).flat())
        expect(node).toMatchObject(
          node.name === router
            ? { engine: 'keepalived', program: { path: BUILD } }
            : { program: undefined },
        );
    }
  });
});

describe('a setting below a short form or a missing part', () => {
  let folder: string;
  const file = (): string => join(folder, 'lab/scenario.yaml');
  const write = (set: string): void =>
    writeFileSync(
      file(),
      readFileSync('scenarios/master-crash.yaml', 'utf8')
        .replace('../topologies/two-node.yaml', join(process.cwd(), 'topologies/two-node.yaml'))
        .replace(/^set:\n/m, `set:\n  ${set}\n`),
    );
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'halab-own-build-'));
    mkdirSync(join(folder, 'lab'));
    writeFileSync(join(folder, 'lab/build'), '#!/bin/sh\n', { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is relative to its file', () => {
    write('nodes.gw1.engine.path: ./build');
    expect(routers(file(), {})[0]?.[0]?.program?.path).toBe(join(folder, 'lab/build'));
  });

  it('on the command line is relative to the working directory', () => {
    write('nodes.gw1.engine: keepalived');
    const withRelativePath = () =>
      routers(file(), { set: { 'nodes.gw1.engine.path': './package.json' } });
    // The file exists, but is no program.
    expect(withRelativePath).toThrow(
      `--set nodes.gw1.engine.path:1:1: error: ${process.cwd()}/package.json`,
    );
    expect(() => routers(file(), { enginePath: './no/build' })).toThrow(
      `--engine-path ./no/build:1:1: error: ${process.cwd()}/no/build cannot be run`,
    );
  });

  it('keeps the engine next to it', () => {
    write('nodes.gw1.engine.kind: frr');
    expect(routers(file(), {})[0]?.[0]).toMatchObject({ engine: 'frr', program: undefined });
    expect(() => routers(file(), { engine: 'frr', enginePath: BUILD })).toThrow(
      /frr comes from the node image/,
    );
  });

  it('expands the short form, also of a service and a sorry server', () => {
    const pair = 'scenarios/service-moves-the-vip.yaml';
    const tcp = { 'nodes.gw1.services.http.protocol': 'tcp' };
    const served = loadScenario(pair, { ...NO_OVERRIDES, set: tcp });
    const gw1 = served.scenarios[0]?.topology.nodes.find(({ name }) => name === 'gw1');
    expect(gw1?.services).toEqual([{ name: 'http', protocol: 'tcp', port: 80 }]);
    const set = { 'virtual_servers.http.sorry.port': '81' };
    const balanced = loadScenario('scenarios/all-servers-down.yaml', { ...NO_OVERRIDES, set });
    expect(balanced.scenarios[0]?.topology.virtualServers[0]?.sorry).toMatchObject({ port: 81 });
  });

  it('creates a part that the topology omits, but no unknown part', () => {
    const set = {
      'virtual_routers.web.protocol': 'vrrp2',
      'virtual_routers.web.authentication.type': 'pass',
      'virtual_routers.web.authentication.password': 'secret',
    };
    write('virtual_routers.web.preempt: true');
    const matrix = { advert: '1s' };
    const { scenarios } = loadScenario(file(), { ...NO_OVERRIDES, matrix, set });
    expect(scenarios[0]?.topology.virtualRouters[0]?.authentication).toEqual({
      type: 'PASS',
      password: 'secret',
    });
    expect(() => routers(file(), { set: { 'nodes.gw1.engin.path': BUILD } })).toThrow(
      /the topology has no "nodes.gw1.engin"/,
    );
    expect(() => routers(file(), { set: { 'nodes.gw9.engine.path': BUILD } })).toThrow(
      /the topology has no "nodes.gw9"/,
    );
  });
});
