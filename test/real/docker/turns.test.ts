import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDocker } from '../../../src/lab/docker/connection.ts';
import { ensureImage } from '../../../src/lab/docker/image.ts';
import type { DockerNode } from '../../../src/lab/docker/node.ts';
import { listTickets } from '../../../src/lab/docker/ticket.ts';
import { takeTurn } from '../../../src/lab/docker/turn.ts';
import { leftByUs, leftovers } from '../../support/docker.ts';

const HALAB = 'dist/bundle/main.cjs';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-turns-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

function start(...before: string[]): Started {
  const run = ['run', 'scenarios/preempt-return.yaml', '--backend', 'docker', '--repeat', '1'];
  const argv = [...before, process.execPath, HALAB, ...run, '--output-dir', folder];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text, exit: new Promise((resolve) => child.once('exit', resolve)) };
}

const clean = (...before: string[]) => {
  const argv = [...before, process.execPath, HALAB, 'clean'];
  return spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' });
};

async function becomes(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const limit = Date.now() + 40_000;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`${what}: not in time`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Both reached a verdict of any kind: two concurrent programs may delay each other. */
const judged = (exits: readonly (number | null)[]): boolean =>
  exits.every((code) => code === 0 || code === 1 || code === 3);

/** A process, a mount and a network namespace of its own. */
const ELSEWHERE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--net'];

describe('a run in other namespaces', () => {
  it('counts as alive, gets its turn like any other, and is not named by its pid', async () => {
    const there = start(...ELSEWHERE);
    await becomes('its lab', async () => (await leftovers()).length > 5);
    expect(clean().stdout).toBe('nothing to clean\n');
    const here = start();
    await becomes('the wait', () => here.output().includes('waiting'));
    expect(here.output()).toMatch(
      /waiting for another halab run to end \(run [0-9a-z]{10}\): place 1 of 1 in the queue, \d+ s so far/,
    );
    const exits = [await there.exit, await here.exit];
    expect(judged(exits), there.output() + here.output()).toBe(true);
    expect(there.output() + here.output()).not.toContain('removed what a killed run left');
  });

  it('sees a run of this namespace as alive, too', async () => {
    const here = start();
    await becomes('its lab', async () => (await leftovers()).length > 5);
    expect(clean(...ELSEWHERE).stdout).toBe('nothing to clean\n');
    expect(judged([await here.exit]), here.output()).toBe(true);
  });
});

describe('the turn', () => {
  it('is free as soon as its holder is killed', async () => {
    const holder = start();
    await becomes('its lab', async () => (await leftovers()).length > 5);
    const next = start();
    await becomes('the wait', () => next.output().includes('waiting'));
    expect(next.output()).toContain(`(pid ${holder.child.pid})`);
    holder.child.kill('SIGKILL');
    const killed = Date.now();
    await becomes('the turn', () => next.output().includes('removed what a killed run left'));
    expect(Date.now() - killed).toBeLessThan(5_000);
    expect(judged([await next.exit]), next.output()).toBe(true);
    expect(await leftByUs()).toEqual([]);
  });

  it('comes in the order of requests; each run prints its place and its waiting time', async () => {
    const { docker } = await connectDocker();
    const image = await ensureImage(docker, () => {});
    const progress = new Map<string, string[]>();
    const stopped = new Set<string>();
    const ask = (runId: string): Promise<DockerNode> => {
      const lines: string[] = [];
      progress.set(runId, lines);
      return takeTurn(docker, {
        runId,
        image,
        progress: (line) => lines.push(line),
        stopped: () => stopped.has(runId),
      });
    };
    const queued = async (count: number): Promise<void> =>
      becomes('the queue', async () => (await listTickets(docker)).waiting.length === count);
    const hasPlace = (run: string, place: string): boolean =>
      (progress.get(run) ?? []).some((line) =>
        new RegExp(
          `^waiting for another halab run to end \\(pid ${process.pid}\\): place ${place} in the queue, \\d+ s so far$`,
        ).test(line),
      );
    const first = await ask('turns00001');
    expect((await listTickets(docker)).holder?.run).toBe('turns00001');
    const runs = ['turns00002', 'turns00003', 'turns00004'];
    const waiting: Promise<DockerNode>[] = [];
    for (const [i, run] of runs.entries()) {
      waiting.push(ask(run));
      await queued(i + 1);
    }
    await becomes('the places', () => runs.every((run, i) => hasPlace(run, `${i + 1} of 3`)));
    // A run that is interrupted leaves the queue.
    const [second, third, fourth] = waiting;
    stopped.add('turns00003');
    await expect(third).rejects.toThrow('the lab is being taken down');
    await becomes('the places of two', () => hasPlace('turns00004', '2 of 2'));
    await first.remove();
    const holder = await second;
    expect((await listTickets(docker)).holder?.run).toBe('turns00002');
    await holder?.remove();
    await (await fourth)?.remove();
    expect(progress.get('turns00001')).toEqual([]);
    expect(await leftByUs()).toEqual([]);
  });

  it('is not held by a stopped container with the name', async () => {
    const { docker } = await connectDocker();
    const image = await ensureImage(docker, () => {});
    const dead = await docker.createContainer({ name: 'halab-turn', Image: image });
    try {
      const turn = await takeTurn(docker, {
        runId: 'turns00005',
        image,
        progress: () => {},
        stopped: () => false,
      });
      expect((await listTickets(docker)).holder?.run).toBe('turns00005');
      await turn.remove();
    } finally {
      await dead.remove({ force: true }).catch(() => {});
    }
  });
});
