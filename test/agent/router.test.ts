import { rmSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';

/** The agent writes its events to standard output. */
vi.mock('../../src/agent/say.ts', () => ({ say: () => {}, sayAll: () => {} }));

import { CheckScripts } from '../../src/agent/check-scripts.ts';
import { Faults } from '../../src/agent/faults/faults.ts';
import { isDead, processState } from '../../src/agent/processes.ts';
import { ask, Router } from '../../src/agent/router.ts';
import { Services } from '../../src/agent/service/services.ts';
import type { SpawnedProcess } from '../../src/agent/spawned.ts';
import type { Fault } from '../../src/fault/faults.ts';
import type { ProcessRole } from '../../src/fault/process.ts';
import { monotonicNow } from '../../src/linux/clock.ts';

const RUNS = 20;
/** One run shows the rule; processes are slow on a busy machine. */
const FEW = 4;
const READY = `/tmp/halab-router-test-${process.pid}`;
const FIFO = `${READY}-fifo`;
/** A process without children that takes a moment to stop in order, as engines do. */
const ENGINE = `trap 'sleep 0.02; exit 0' TERM; trap : HUP
  exec 3<>${FIFO}; touch ${READY}; while :; do read line <&3; done`;

let router: Router;
const routers: Router[] = [];
let faults: Faults;

async function lab(script: string, more: Partial<SpawnedProcess> = {}, endMs?: number) {
  router = new Router(() => 'gw1', endMs);
  routers.push(router);
  const services = new Services(() => 'gw1');
  const scripts = new CheckScripts();
  faults = new Faults({ node: () => 'gw1', router, services, scripts, unplug: () => {} });
  const plan: SpawnedProcess = {
    name: 'router',
    argv: ['sh', '-c', script],
    roles: {},
    output: 'text',
    ...more,
  };
  const setup = `[ -p ${FIFO} ] || mkfifo ${FIFO}`;
  return router.start({ kind: 'spawn', setup, processes: [plan], fifo: undefined });
}

function pid(): number {
  const [found] = router.pids('parent');
  return found ?? 0;
}

function inject(fault: object, at = 0) {
  return faults.inject('f', { node: 'gw1', ...fault } as Fault, at);
}

function heal(fault: object) {
  return faults.heal('f', { node: 'gw1', ...fault } as Fault);
}

afterEach(() => {
  for (const pid of routers.splice(0).flatMap((each) => each.pids('all')))
    process.kill(pid, 'SIGKILL');
  rmSync(READY, { force: true });
  rmSync(FIFO, { force: true });
});

it('a stopped router runs when the reply to its heal arrives', async () => {
  expect(await lab(ENGINE, { ready: READY })).toEqual({ ok: true });
  for (let run = 0; run < RUNS; run++) {
    const before = pid();
    expect(await inject({ kind: 'node.stop' })).toMatchObject({ ok: true });
    expect(router.mainPids()).toEqual([]);
    expect(await heal({ kind: 'node.stop' })).toEqual({ ok: true });
    expect(pid()).not.toBe(before);
    expect(isDead(pid())).toBe(false);
  }
});

it('a heal during a stop waits for the stop to finish, then starts the router', async () => {
  await lab(ENGINE, { ready: READY });
  for (let run = 0; run < RUNS; run++) {
    const before = pid();
    const stopped = inject({ kind: 'node.stop' });
    expect(await heal({ kind: 'node.stop' })).toEqual({ ok: true });
    expect(await stopped).toMatchObject({ ok: true });
    expect(pid()).not.toBe(before);
    expect(isDead(pid())).toBe(false);
  }
});

it.each<ProcessRole>(['all', 'parent'])('process.kill %s and its heal', async (role) => {
  await lab(ENGINE, { ready: READY });
  for (let run = 0; run < FEW; run++) {
    const before = pid();
    const fault = { kind: 'process.kill', process: role };
    expect(await inject(fault)).toMatchObject({ ok: true });
    expect(await heal(fault)).toEqual({ ok: true });
    expect(pid()).not.toBe(before);
    expect(isDead(pid())).toBe(false);
  }
});

it('a child that its parent restarts runs when the reply to the heal arrives', async () => {
  const roles = { vrrp: 'sleep 4711' };
  // The pattern matches no shell: a forked shell has the command line of its parent for a moment.
  await lab('while :; do sleep $((4700 + 11)); sleep 0.2; done', { roles });
  await vi.waitFor(() => expect(router.pids('vrrp')).toHaveLength(1));
  const fault = { kind: 'process.kill', process: 'vrrp' };
  const [before] = router.pids('vrrp');
  expect(await inject(fault)).toMatchObject({ ok: true });
  // The parent may already have started another child.
  expect(router.pids('vrrp')).not.toContain(before);
  expect(await heal(fault)).toEqual({ ok: true });
  expect(router.pids('vrrp')).toHaveLength(1);
});

it('the heal reports a router that ignores SIGTERM as not restarted', async () => {
  await lab(ENGINE.replace(/sleep 0.02; exit 0/, ':'), { ready: READY }, 300);
  const before = pid();
  const fault = { kind: 'node.stop' };
  const stopped = inject(fault);
  const error = 'router was told to end and still runs';
  expect(await heal(fault)).toEqual({ ok: false, error });
  expect(pid()).toBe(before);
  process.kill(before, 'SIGKILL');
  await stopped;
  // The condition holds.
  expect(await heal(fault)).toEqual({ ok: true });
  expect(isDead(pid())).toBe(false);
});

it('a process that died and was not collected yet does not count as running', async () => {
  await lab(ENGINE, { ready: READY });
  for (let run = 0; run < FEW; run++) {
    const before = pid();
    process.kill(before, 'SIGKILL');
    while (!isDead(before));
    // No turn of the event loop has passed, so the end is not reported yet.
    expect(router.owns(before)).toBe(true);
    expect(await router.restart()).toEqual({ ok: true });
    expect(isDead(pid())).toBe(false);
  }
});

it('a pause that is healed before it starts leaves no process stopped', async () => {
  await lab(ENGINE, { ready: READY });
  const fault = { kind: 'process.pause', process: 'all' };
  for (let run = 0; run < FEW; run++) {
    const paused = inject(fault, monotonicNow() + 5_000);
    expect(await heal(fault)).toEqual({ ok: true });
    expect(await paused).toMatchObject({ ok: true });
    expect(processState(pid())).not.toBe('T');
  }
});

it('a router that does not start is reported', async () => {
  expect(await lab('', { argv: ['/nowhere/engine'] })).toMatchObject({
    ok: false,
    error: expect.stringContaining('ENOENT'),
  });
  expect(await lab('exit 3', { ready: READY })).toEqual({
    ok: false,
    error: 'router ended with code 3',
  });
  expect(await lab(ENGINE, { ready: READY })).toEqual({ ok: true });
});

it('the reply to the heal of a reload comes after the router has read the file', async () => {
  await lab(ENGINE, { ready: READY });
  const change = { files: [{ path: READY, text: 'new' }], before: [{ path: READY, text: 'old' }] };
  const fault = { kind: 'process.reload', change };
  expect(await inject(fault)).toMatchObject({ ok: true });
  expect(await heal(fault)).toEqual({ ok: true });
  expect(isDead(pid())).toBe(false);
});

it('a running command does not block the agent, and its end is reported', async () => {
  let beats = 0;
  const heartbeat = setInterval(() => beats++, 5);
  expect(await ask(['sh', '-c', 'sleep 0.2; echo out; echo err >&2; exit 3'])).toEqual({
    ok: true,
    status: 3,
    output: 'out\nerr',
  });
  clearInterval(heartbeat);
  expect(beats).toBeGreaterThan(1);
  expect(await ask(['true'])).toEqual({ ok: true, status: 0, output: '' });
  expect(await ask(['/no/such/program'])).toMatchObject({
    ok: false,
    error: expect.stringContaining('ENOENT'),
  });
  // A foreign signal ended it, so it has no exit code.
  expect(await ask(['sh', '-c', 'kill -9 $$'])).toEqual({ ok: true, status: 1, output: '' });
});
