import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.ts';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';
import { NOTHING_MORE, reachOf } from '../../src/topology/reach.ts';
import { OWN_CONF, PAIR_YAML } from '../support/topology.ts';

/** A project with a scenario in a folder of its own, and a foreign file next to the project. */
let top: string;
let file: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'halab-reach-'));
  mkdirSync(join(top, 'project', '.git'), { recursive: true });
  mkdirSync(join(top, 'project', 'labs'));
  mkdirSync(join(top, 'other'));
  writeFileSync(join(top, 'other', 'secret.conf'), OWN_CONF);
  writeFileSync(join(top, 'other', 'pair.yaml'), PAIR_YAML);
  writeFileSync(join(top, 'project', 'pair.yaml'), PAIR_YAML);
  writeFileSync(join(top, 'project', 'gw1.conf'), OWN_CONF);
  file = join(top, 'project', 'labs', 'crash.yaml');
});
afterEach(() => rmSync(top, { recursive: true }));

const SCENARIO = `version: 1
name: crash
topology: ../pair.yaml
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 5s }
`;

/** Every problem with its place relative to the project; none: it loads. */
function problems(text: string, overrides: Partial<Overrides> = {}): string[] {
  writeFileSync(file, text);
  try {
    loadScenario(file, { ...NO_OVERRIDES, ...overrides });
    return [];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.issues.map(({ file: where, line, column, message, hint }) =>
      `${where}:${line}:${column} ${message} | ${hint ?? ''}`.replaceAll(`${top}/`, ''),
    );
  }
}

const setting = (key: string, value: string): string =>
  SCENARIO.replace('steps:', `set: { nodes.gw1.${key}: ${JSON.stringify(value)} }\nsteps:`);
const engine = (path: string): string => {
  const text = PAIR_YAML.replace(
    'role: router',
    `role: router, engine: { kind: keepalived, path: ${JSON.stringify(path)} }`,
  );
  writeFileSync(join(top, 'project', 'pair.yaml'), text);
  return SCENARIO;
};
const outside = (path: string, folder: string): string =>
  `${path} is outside the project's folder project | Move it there, or open its folder on the command line: --allow-path ${folder}`;

describe('paths inside a file', () => {
  it('reach the whole project from any folder of the file', () => {
    expect(problems(SCENARIO)).toEqual([]);
    expect(problems(setting('config', '../gw1.conf'))).toEqual([]);
  });

  it('reach no topology outside the project', () => {
    const text = SCENARIO.replace('../pair.yaml', '../../other/pair.yaml');
    expect(problems(text)).toEqual([
      `project/labs/crash.yaml:3:11 ${outside('other/pair.yaml', 'other')}`,
    ]);
  });

  it.each(['/etc/shadow', '/proc/self/environ', '/etc/no-such-file'])(
    'do not reveal whether %s exists',
    (path) => {
      expect(problems(setting('config', path))).toEqual([
        expect.stringMatching(/crash\.yaml:4:8 .* is outside the project's folder project/),
      ]);
    },
  );

  it.each([
    ['a link to a file', 'other/secret.conf', 'link.conf'],
    ['a link to a folder', 'other', 'link.conf/secret.conf'],
  ])('do not reach outside the project through %s', (_, target, path) => {
    symlinkSync(join(top, target), join(top, 'project', 'link.conf'));
    expect(problems(setting('config', `../${path}`))).toEqual([
      expect.stringContaining(
        `project/${path} leads to other/secret.conf, which is outside the project's folder project`,
      ),
    ]);
  });

  it('are reported at the key of the setting', () => {
    expect(problems(setting('config', '../../other/secret.conf'))[0]).toMatch(
      /^project\/labs\/crash\.yaml:4:8 other\/secret\.conf is outside/,
    );
  });

  it('may be a link within the project', () => {
    symlinkSync('gw1.conf', join(top, 'project', 'link.conf'));
    expect(problems(setting('config', '../link.conf'))).toEqual([]);
  });

  it.each([
    ['/dev/zero', 'a device'],
    ['../labs', 'a folder'],
  ])('never name a file that is not regular: %s', (path, what) => {
    const allow = { ...NOTHING_MORE, paths: ['/dev'] };
    const text = SCENARIO.replace('../pair.yaml', path);
    expect(problems(text, { allow })[0]).toContain(
      `cannot be read: it is ${what}, not a regular file`,
    );
    expect(problems(setting('config', path), { allow })[0]).toContain(`it is ${what}`);
  });

  it('reach the shipped topologies', () => {
    const shipped = new URL('../../topologies/two-node.yaml', import.meta.url).pathname;
    expect(problems(SCENARIO.replace('../pair.yaml', shipped))).toEqual([]);
  });
});

describe('a program of an engine', () => {
  it('may be an installed one, but not another file of the machine', () => {
    expect(problems(engine('/usr/bin/env'))).toEqual([]);
    expect(problems(engine('/usr/lib/os-release'))[0]).toContain("outside the project's folder");
    const program = join(top, 'other', 'keepalived');
    copyFileSync('/usr/bin/env', program);
    expect(problems(engine(program))[0]).toContain(outside('other/keepalived', 'other'));
    expect(problems(engine(program), { allow: { paths: [program], env: [] } })).toEqual([]);
  });

  it('must be executable and not a folder', () => {
    const program = join(top, 'project', 'keepalived');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    expect(problems(engine('./keepalived'))).toEqual([]);
    chmodSync(program, 0o644);
    expect(problems(engine('./keepalived'))[0]).toContain('cannot be run: EACCES');
    expect(problems(engine('./labs'))[0]).toContain('cannot be run: it is a folder');
  });
});

describe('the command line', () => {
  it('opens folders with --allow-path', () => {
    const allow = { ...NOTHING_MORE, paths: [join(top, 'other')] };
    const text = SCENARIO.replace('../pair.yaml', '../../other/pair.yaml');
    expect(problems(text, { allow })).toEqual([]);
    expect(problems(setting('config', '../../other/secret.conf'), { allow })).toEqual([]);
  });

  it('opens files in --topology and --set', () => {
    expect(problems(SCENARIO, { topology: join(top, 'other', 'pair.yaml') })).toEqual([]);
    const config = PAIR_YAML.replace('role: router', 'role: router, config: ./secret.conf');
    writeFileSync(join(top, 'other', 'pair.yaml'), config);
    expect(problems(SCENARIO, { topology: join(top, 'other', 'pair.yaml') })).toEqual([]);
    const set = { 'nodes.gw1.config': join(top, 'other', 'secret.conf') };
    expect(problems(SCENARIO, { set })).toEqual([]);
  });

  it('reports a file that does not exist', () => {
    expect(problems(SCENARIO, { topology: join(top, 'pear.yaml') })).toEqual([
      `--topology pear.yaml:1:1 pear.yaml cannot be read: ENOENT: no such file or directory | What is typed is relative to the current folder.`,
    ]);
  });

  it('refuses a scenario behind a link out of its folder: a shell pattern may have matched it', () => {
    symlinkSync(join(top, 'other', 'secret.conf'), join(top, 'project', 'labs', 'x.yaml'));
    expect(() => loadScenario(join(top, 'project', 'labs', 'x.yaml'))).toThrow(
      /leads to .*secret\.conf, which is outside/,
    );
  });

  it('allows environment variables by name only', () => {
    const text = SCENARIO.replace('steps:', `description: "\${{ env.HOME }}"\nsteps:`);
    expect(problems(text)[0]).toMatch(
      /:4:14 env\.HOME is closed to scenario files: the command line opens it with --allow-env HOME/,
    );
    expect(problems(text, { allow: { paths: [], env: ['PATH'] } })[0]).toContain('closed');
    expect(problems(text, { allow: { paths: [], env: ['HOME'] } })).toEqual([]);
    const unset = { paths: [], env: ['HALAB_NOT_SET'] };
    expect(problems(text.replace('HOME', 'HALAB_NOT_SET'), { allow: unset })[0]).toContain(
      'env.HALAB_NOT_SET is not defined',
    );
  });

  it('gives an expression no property that every object has', () => {
    const text = SCENARIO.replace('steps:', `description: "\${{ vars.constructor }}"\nsteps:`);
    expect(problems(text)[0]).toContain('vars.constructor is not defined');
  });
});

describe('a project', () => {
  it('is the current folder without a git root, and never the root of the file system', () => {
    rmSync(join(top, 'project', '.git'), { recursive: true });
    const here = process.cwd();
    expect(reachOf(file).hasFolder(here)).toBe(true);
    process.chdir('/');
    try {
      expect(reachOf(file).hasFolder(here)).toBe(false);
      expect(reachOf(file).hasFolder(join(top, 'project', 'labs'))).toBe(true);
    } finally {
      process.chdir(here);
    }
  });
});
