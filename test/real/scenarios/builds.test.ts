/** Other builds of keepalived than the one of the node image: cells are independent and report their build. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start } from '../../support/halab.ts';

let folder: string;
const build = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-builds-'));
  const script = (name: string, lines: string): void =>
    writeFileSync(build(name), `#!/bin/sh\n${lines}\nexec keepalived "$@"\n`, { mode: 0o755 });
  script(
    'good',
    '[ "$1" = --version ] && { echo "Keepalived v9.1.2 (x), git commit v9.1.2-7-gabcdef01"; exit; }',
  );
  script('refuses', '[ "$1" = -t ] && { echo "(line 3) Unknown keyword"; exit 4; }');
  script('missing', 'exec /opt/no/such/program');
  script('dies', '[ "$1" = -n ] && exit 3');
  writeFileSync(
    build('matrix.yaml'),
    `version: 1
name: builds
topology: ${join(process.cwd(), 'topologies/two-node.yaml')}
matrix: { build: [refuses, missing, dies, good] }
set:
  nodes.gw1.engine.path: ./\${{ matrix.build }}
  virtual_routers.web.advert_interval: 100ms
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 10s } } ] }
`,
  );
});
beforeAll(() => {
  const other = readFileSync(build('matrix.yaml'), 'utf8').replace('name: builds', 'name: other');
  writeFileSync(build('other.yaml'), other.replace(/\[refuses.*\]/, '[good]'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('builds that refuse, are missing or crash are reported, and the others run, over several files', async () => {
  const json = build('report.json');
  const run = await start([
    ...[
      'run',
      build('matrix.yaml'),
      build('other.yaml'),
      '--backend',
      'docker',
      '--output-dir',
      build('results'),
    ],
    ...['--reporter', `list,json=${json}`],
  ]).ended;
  const report = JSON.parse(readFileSync(json, 'utf8'));
  const of = (name: string) =>
    report.scenarios.find(({ cell }: { cell: { build: string } }) => cell.build === name);
  expect(of('refuses')).toMatchObject({ status: 'inconclusive', error: { exitCode: 2 } });
  expect(of('missing')).toMatchObject({ status: 'inconclusive', error: { exitCode: 4 } });
  expect(of('dies')).toMatchObject({ status: 'inconclusive', error: { exitCode: 4 } });
  expect(of('good')).toMatchObject({
    status: 'passed',
    engines: {
      gw1: { engine: 'keepalived', version: '9.1.2-7-gabcdef01', commit: 'abcdef01' },
      gw2: { engine: 'halab', commit: null },
    },
  });
  expect(run.out).toContain('engines  gw1: keepalived 9.1.2-7-gabcdef01');
  expect(run.out).toContain('ERROR builds build=refuses');
  expect(run.out).toContain('PASS builds build=good');
  expect(run.out).toContain('PASS other build=good');
  expect(run.out).toContain('ERROR  3 could not run, 2 passed');
  expect(run.status).toBe(2);
}, 240_000);
