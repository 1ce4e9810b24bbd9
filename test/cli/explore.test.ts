import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The built program, as a user runs it. */
const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-explore-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function explore(...args: string[]) {
  const run = spawnSync(process.execPath, [HALAB, 'explore', ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

/** A weakness of the protocol, as a story that denies it: the story fails. */
function knownWrong(): string {
  const file = new URL('../../scenarios/winner-silent-after-split.yaml', import.meta.url).pathname;
  return readFileSync(file, 'utf8').replace('outcome: violated', 'outcome: holds');
}

describe('halab explore', () => {
  it('passes with the shipped engine and writes its results as JSON', () => {
    const json = join(folder, 'out', 'result.json');
    const { status, out } = explore(
      '--runs',
      '130',
      '--seed',
      '9',
      '--workers',
      '1',
      '--json',
      json,
    );
    expect(out).toContain('no violation: 130 cases');
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
    expect(result).toMatchObject({ schema: 1, ok: true, seed: 9, cases: 130, violations: [] });
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(['events', 'elections', 'seconds', 'coverage']),
    );
    expect(existsSync(join(folder, 'halab-corpus'))).toBe(false);
  });

  it('prints the seed that it chose if none was given', () => {
    expect(explore('--runs', '1', '--workers', '1').out).toMatch(/seed \d+/);
  });

  it.each([
    [['--routers', '1'], 'routers from 2 to 7'],
    [['--routers', '5..3'], 'routers from 2 to 7'],
    [['--time', '30'], 'with its unit'],
    [['--time', '0s'], 'with its unit'],
    [['--runs', '0'], 'whole number'],
    [['--workers', '-1'], 'whole number'],
    [['--profile', 'cisco'], 'Allowed choices'],
    [['--invariants', 'S4,S13'], '"S13" is no invariant'],
    [['--faults', '1e9'], 'whole number'],
  ])('refuses %j', (args, message) => {
    const { status, err } = explore(...args);
    expect(err).toContain(message);
    expect(status).toBe(2);
  });

  it('replays the corpus first and fails if an old violation has returned', () => {
    mkdirSync(join(folder, 'halab-corpus'));
    writeFileSync(join(folder, 'halab-corpus', 'old.yaml'), knownWrong());
    const { status, out } = explore('--runs', '10', '--seed', '1', '--workers', '1');
    expect(out).toContain('halab-corpus/old.yaml: a story of the corpus fails: S8');
    expect(status).toBe(1);
  });

  it('gives the remedy for a story with another schema version', () => {
    mkdirSync(join(folder, 'halab-corpus'));
    const old = knownWrong().replace('schema: 1', 'schema: 0');
    writeFileSync(join(folder, 'halab-corpus', 'old.yaml'), old);
    const { status, err } = explore('--runs', '10', '--seed', '1', '--workers', '1');
    expect(err).toMatch(/old\.yaml:\d+:\d+: error: .*another schema \(0\); this halab reads 1/);
    expect(status).toBe(2);
  });

  it('prints its results so far when interrupted, and does not change the corpus', async () => {
    mkdirSync(join(folder, 'halab-corpus'));
    const child = spawn(process.execPath, [HALAB, 'explore', '--time', '5m', '--seed', '2'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (data) => {
      if (out === '') setTimeout(() => child.kill('SIGINT'), 1_000);
      out += String(data);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(out).toMatch(/interrupted: [\d ]+ cases/);
    expect(code).toBe(130);
    expect(readdirSync(join(folder, 'halab-corpus'))).toEqual([]);
  });
});
