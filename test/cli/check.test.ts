import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/explore/exhaustive/exhaustive.ts';

/** The built program, as a user runs it. */
const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;
const DUEL = '--intervals 20,4,4 --nopreempt 2 --delay 2..3 --losses 0 --crashes 0'.split(' ');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-check-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function check(...args: string[]) {
  const run = spawnSync(process.execPath, [HALAB, 'check', ...args], { encoding: 'utf8' });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

describe('halab check', () => {
  it('explores three routers with two losses and two crashes and exits with 0', () => {
    const file = join(folder, 'check.json');
    const { status, out } = check('--losses', '2', '--crashes', '2', '--json', file);
    expect(out).toContain('rfc9568 · r1 192/4, r2 128/4, r3 64/4 (priority/ticks) · delay 1..1');
    expect(out).toContain('no violation: stable at most 15 ticks after the last fault (21)');
    expect(status).toBe(0);
    const report = JSON.parse(readFileSync(file, 'utf8')) as CheckReport & { schema: number };
    expect(report).toMatchObject({ schema: 1, ok: true, complete: true, violations: [] });
    expect(report.states).toBeGreaterThan(10_000);
  });

  it('exits with 1 on a violation, prints the steps to it, and writes a scenario', () => {
    const file = join(folder, 'duel.yaml');
    const { status, out } = check('--profile', 'rfc5798', ...DUEL, '--out', file);
    expect(status).toBe(1);
    expect(out).toContain('T4: Active routers come and go in a circle');
    expect(out).toMatch(/ MMB {2}r1 timer fires, BACKUP -> MASTER, sends/);
    expect(out).toContain('-- from here round and round --');
    expect(readFileSync(file, 'utf8')).toContain('profile: rfc5798');
  });

  it('writes a scenario that fails in the simulator as long as the violation exists', () => {
    const file = join(folder, 'overtaken.yaml');
    expect(check(...DUEL, '--delay', '1..2', '--out', file).status).toBe(1);
    const run = spawnSync(process.execPath, [HALAB, 'run', file, '--backend', 'sim'], {
      encoding: 'utf8',
    });
    expect(run.stdout).toContain('came back to the same 3 times without a cause');
    expect(run.status).toBe(1);
  });

  it('writes JSON to standard output and everything else to standard error', () => {
    const { out, err } = check(...DUEL, '--json', '-');
    expect(JSON.parse(out)).toMatchObject({ schema: 1, ok: true });
    expect(err).toContain('no violation');
  });

  it.each([
    [['--routers', '6'], 'a whole number from 2 to 5 is wanted'],
    [['--profile', 'frr'], 'Allowed choices are rfc9568, rfc5798, rfc3768'],
    [['--losses', 'many'], 'a whole number from 0 to 15 is wanted'],
    [['--delay', '3..2'], 'ticks from 1 to 8 are wanted'],
    [['--priorities', '100,50,20'], 'priority 100 has a Skew_Time of 2.44 ticks'],
  ])('exits with 2 on impossible options: %j', (args, message) => {
    const { status, err } = check(...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  it('stops beyond --max-states, exits with 3 and prints the remedy', () => {
    const { status, out } = check('--max-states', '1000');
    expect(status).toBe(3);
    expect(out).toContain('more than 1,000 states; allow fewer faults or raise --max-states');
  });

  it('prints its results so far when interrupted, and exits with 130', async () => {
    const args = [
      HALAB,
      'check',
      '--routers',
      '4',
      '--delay',
      '2',
      '--losses',
      '9',
      '--crashes',
      '9',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    setTimeout(() => child.kill('SIGINT'), 1_500);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(out).toMatch(/[\d,]{5,} states, /);
    expect(out).toContain('interrupted: not everything was explored');
  });
});
