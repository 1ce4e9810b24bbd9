/**
 * Reliability of verdicts on an idle and on a busy machine: correct runs never fail, planted violations
 * always do, and most of what a busy machine measures still counts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { halabOnce } from '../support/ask.ts';
import { type Row, report } from './row.ts';

let folder: string;
let loops: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-verdicts-'));
});
afterEach(() => {
  for (const loop of loops) loop.kill('SIGKILL');
  loops = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The loops end by themselves after ten minutes. */
function busyLoops(count: number): void {
  const spin = 'const end = Date.now() + 600_000; while (Date.now() < end);';
  loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', spin]));
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly whole: string;
}

/** The statuses of the repeats, and of the whole cell. */
function statuses(scenario: string, repeats: number, ...more: string[]): Counts {
  const json = join(folder, 'result.json');
  const { output } = halabOnce([
    ...['run', scenario, '--backend', 'docker', '--repeat', String(repeats)],
    ...['--output-dir', folder, '--reporter', `list,json=${json}`, ...more],
  ]);
  const [cell] = JSON.parse(readFileSync(json, 'utf8')).scenarios;
  const count = (status: string): number =>
    cell.repeats.filter((repeat: { status: string }) => repeat.status === status).length;
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    whole: cell.status,
  };
  if (counts.failed > 0 || cell.status === 'failed') console.log(output);
  return counts;
}

function rows(...all: Row[]): void {
  for (const row of all) report(row);
}

const crash = (repeats: number): Counts =>
  statuses('scenarios/master-crash.yaml', repeats, '--matrix', 'advert=100ms');

it('an idle machine', () => {
  const { failed, inconclusive, whole } = crash(100);
  rows(
    { name: 'at rest, 100 crashes: failed', value: failed, unit: '', bound: '<= 0' },
    { name: 'at rest, 100 crashes: inconclusive', value: inconclusive, unit: '', bound: '<= 1' },
  );
  expect(whole).not.toBe('failed');
});

it('four busy loops', () => {
  busyLoops(4);
  const { passed, failed, whole } = crash(40);
  rows(
    { name: 'four busy loops, 40 crashes: failed', value: failed, unit: '', bound: '<= 0' },
    { name: 'four busy loops, 40 crashes: conclusive', value: passed, unit: '', bound: '>= 25' },
  );
  expect(whole).not.toBe('failed');
});

/**
 * The address has no owner for what is left of the down interval: 512 to 712 ms, three times what is allowed, and still
 * too long if this busy machine lets the owner send its last advert late.
 */
const PLANTED = `version: 1
name: planted
topology: ${resolve('topologies/two-node.yaml')}
set: { virtual_routers.web.advert_interval: 200ms }
invariants: [ { always-owned: { vip: web, max_gap: 170ms } } ]
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 10s } }, { steady-state: { for: 500ms } } ] }
  - { name: Crash, fault: node.kill, target: owner(web), expect: [ { owner: { of: web, is: gw2, within: 5s } } ] }
`;

it('planted violations during four busy loops', () => {
  busyLoops(4);
  const scenario = join(folder, 'planted.yaml');
  writeFileSync(scenario, PLANTED);
  const { failed } = statuses(scenario, 20);
  report({ name: 'planted, of 20: failed', value: failed, unit: '', bound: '>= 20' });
});
