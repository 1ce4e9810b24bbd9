import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDocker } from '../../../src/lab/docker/connection.ts';
import { buildBase } from '../../../src/lab/docker/image.ts';
import { labelsOf } from '../../../src/lab/docker/labels.ts';
import { createNode } from '../../../src/lab/docker/node.ts';
import { halab as ask, INCONCLUSIVE, MOST_ASKED, reportAskedAgain } from '../../support/ask.ts';
import { leftByUs, leftovers, stuckNetworks } from '../../support/docker.ts';

const HALAB = 'dist/bundle/main.cjs';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-life-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function halab(...args: string[]): { status: number | null; output: string } {
  return ask(args);
}

const quick = (...more: string[]): string[] => [
  'run',
  'scenarios/preempt-return.yaml',
  '--backend',
  'docker',
  '--repeat',
  '1',
  '--output-dir',
  folder,
  ...more,
];

function start(...args: string[]): {
  child: ChildProcess;
  output: () => string;
  exit: Promise<number | null>;
} {
  const child = spawn(process.execPath, [HALAB, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text, exit: new Promise((resolve) => child.once('exit', resolve)) };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function becomes(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 30_000,
): Promise<void> {
  const limit = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(50);
  }
}

describe('the life of a run in Docker', () => {
  it('ends with a verdict, a JSON file and a JUnit file, and keeps its evidence on request', () => {
    const json = join(folder, 'result.json');
    const junit = join(folder, 'result.xml');
    const { status, output } = halab(
      ...quick('--keep', '--reporter', `list,json=${json},junit=${junit}`),
    );
    expect(output).toContain('PASS preempt-return');
    expect(status).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(report).toMatchObject({
      schema: 'halab.run/1',
      ok: true,
      backend: 'docker',
      scenarios: [{ status: 'passed' }],
    });
    expect(report.scenarios[0].repeats[0].metrics.detection_us).toBeGreaterThan(200_000);
    expect(readFileSync(junit, 'utf8')).toContain(
      '<testcase classname="scenarios/preempt-return.yaml"',
    );
    const evidence = join(folder, 'latest', 'preempt-return');
    expect(readFileSync(join(evidence, 'nodes', 'gw1', 'keepalived.conf'), 'utf8')).toContain(
      'vrrp_instance web',
    );
    expect(readFileSync(join(evidence, 'events.jsonl'), 'utf8')).toContain('"kind":"garp"');
    expect(readFileSync(join(evidence, 'lan.pcap')).readUInt32LE(0)).toBe(0xa1b23c4d);
  });

  it('fails with the line, the measurement and the command to repeat it', () => {
    const { status, output } = halab(...quick('--set', 'virtual_routers.web.advert_interval=2s'));
    expect(status).toBe(1);
    expect(output).toMatch(
      /scenarios\/preempt-return\.yaml:\d+:\d+ {2}owner: \{ of: web, is: gw2, within: 2s \}/,
    );
    expect(output).toContain('FAULT node.kill');
    expect(output).toContain(
      'reproduce  npx halab run scenarios/preempt-return.yaml --backend docker',
    );
  });

  it('waits its turn with another run of the same topology, and both verdicts are correct', async () => {
    const both = async () => {
      const runs = [start(...quick()), start(...quick())];
      const exits = await Promise.all(runs.map(({ exit }) => exit));
      return { exits, output: runs.map(({ output }) => output()).join('') };
    };
    let pair = await both();
    for (let asked = 1; pair.exits.includes(INCONCLUSIVE) && asked < MOST_ASKED; asked++) {
      reportAskedAgain(quick(), pair.output);
      pair = await both();
    }
    expect(pair.exits, pair.output).toEqual([0, 0]);
    expect(pair.output).toMatch(
      /waiting for another halab run to end \(pid \d+\): place 1 of 1 in the queue, \d+ s so far/,
    );
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('removes the lab on %s and exits with %i', async (signal, code) => {
    const run = start(...quick());
    await becomes('the lab is up', async () => (await leftovers()).length > 5);
    run.child.kill(signal);
    expect(await run.exit).toBe(code);
    expect(await leftByUs()).toEqual([]);
  });

  it('ends at once on the second signal, and its nodes end by themselves', async () => {
    const run = start(...quick());
    await becomes('the lab is up', async () => (await leftovers()).length > 5);
    run.child.kill('SIGTERM');
    run.child.kill('SIGTERM');
    // Both signals may arrive before the program handles the first one; then it ends in order.
    expect([null, 143]).toContain(await run.exit);
    expect(halab('clean').status).toBe((await stuckNetworks()).length > 0 ? 6 : 0);
    await becomes('nothing is left', async () => (await leftByUs()).length === 0, 10_000);
  });

  it('leaves nothing behind when it is interrupted during its start', async () => {
    for (const ms of [200, 500, 800, 1_100]) {
      const run = start(...quick());
      await sleep(ms);
      run.child.kill('SIGINT');
      // Before the handler exists, the signal itself ends the program: null.
      expect([130, null]).toContain(await run.exit);
      expect(await leftByUs()).toEqual([]);
    }
  });

  it('leaves nothing behind after SIGKILL at any moment and halab clean', async () => {
    for (let i = 0; i < 4; i++) {
      const run = start(...quick());
      await sleep(150 + i * 700);
      run.child.kill('SIGKILL');
      await run.exit;
      const { status } = halab('clean');
      expect(status).toBe((await stuckNetworks()).length > 0 ? 6 : 0);
      // Containers end by themselves after their runner; the kernel needs a moment.
      await becomes('nothing is left', async () => (await leftByUs()).length === 0, 10_000);
    }
  });

  it('is cleaned up by the next run as well', async () => {
    const killed = start(...quick());
    await becomes('the lab is up', async () => (await leftovers()).length > 5);
    killed.child.kill('SIGKILL');
    await killed.exit;
    const { status, output } = halab(...quick());
    expect(output).toContain('removed what a killed run left');
    expect(status).toBe(0);
    expect(await leftByUs()).toEqual([]);
  });

  it('is not blocked by objects of a killed run that Docker does not release', async () => {
    const { docker } = await connectDocker();
    const Name = `halab-stays-${process.pid}`;
    const Labels = { ...labelsOf('stays'), 'halab.pid': '0' };
    const network = await docker.createNetwork({ Name, Driver: 'bridge', Labels });
    // Without the label of the lab the container is not removed, so its network stays.
    const holder = await docker.createContainer({
      Image: await localBase(docker),
      Cmd: ['sleep', '600'],
      HostConfig: { NetworkMode: Name },
    });
    try {
      await holder.start();
      const { status, output } = halab(...quick());
      expect(output).toMatch(new RegExp(`what a killed run left would not go: .*network ${Name}`));
      expect(output).toContain('PASS preempt-return');
      expect(status).toBe(0);
      const clean = halab('clean');
      expect(clean.output).toContain(`halab: would not go: network ${Name}`);
      expect(clean.status).toBe(6);
    } finally {
      await holder.remove({ force: true });
      await network.remove();
    }
  });
});

describe('a container that was removed before it ran', () => {
  it('gets its stream closed, which Docker would keep open', async () => {
    const { docker } = await connectDocker();
    const interrupted: Docker = Object.create(docker);
    interrupted.createContainer = async (options: Docker.ContainerCreateOptions) => {
      const container = await docker.createContainer({ ...options, Cmd: ['true'] });
      container.start = () => Promise.reject(new Error('interrupted'));
      return container;
    };
    let hungUp = false;
    const node = await createNode(interrupted, {
      runId: 'neverran00',
      name: 'never',
      image: await localBase(docker),
      capabilities: [],
      onEnd: () => {
        hungUp = true;
      },
    });
    await expect(node.start()).rejects.toThrow('interrupted');
    await node.remove();
    await becomes('the stream is closed', () => hungUp, 5_000);
    expect(await leftByUs()).toEqual([]);
  });
});

async function localBase(docker: Docker): Promise<string> {
  const bases = await docker.listImages({ filters: { reference: ['halab-base'] } });
  const local = bases
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .find((tag) => !tag.endsWith(':test'));
  if (local === undefined) throw new Error('an earlier run has made a base image');
  return local;
}

describe('the image', () => {
  it('is built from the official Dockerfile, here on a locally imported base', async () => {
    const { docker } = await connectDocker();
    await buildBase(docker, await localBase(docker), 'halab-base:test');
    const container = await docker.createContainer({
      Image: 'halab-base:test',
      Cmd: ['sh', '-c', 'node --version && nft --version'],
      HostConfig: { NetworkMode: 'none' },
    });
    try {
      await container.start();
      expect(await container.wait()).toMatchObject({ StatusCode: 0 });
    } finally {
      await container.remove({ force: true });
      await docker.getImage('halab-base:test').remove({ force: true });
    }
  });
});

describe('without access to the image or to Docker', () => {
  it('reports it, exits with 4 and leaves nothing behind', async () => {
    const env = { ...process.env, HALAB_IMAGE: 'halab-no-such-image:1' };
    const json = join(folder, 'unfinished.json');
    const args = quick('--reporter', `list,json=${json}`);
    const run = spawnSync(process.execPath, [HALAB, ...args], { encoding: 'utf8', env });
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      ok: false,
      scenarios: [{ status: 'inconclusive' }],
    });
    expect(run.status).toBe(4);
    expect(run.stderr).toContain('the node image could not be built from halab-no-such-image:1');
    expect(await leftByUs()).toEqual([]);
  });

  it('names the docker group to a user without permission', () => {
    chmodSync(folder, 0o777); // The place for results is checked first.
    const unprivileged = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const run = spawnSync('setpriv', [...unprivileged, process.execPath, HALAB, ...quick()], {
      encoding: 'utf8',
    });
    expect(run.status).toBe(4);
    expect(run.stderr).toContain('no permission to use the Docker daemon');
    expect(run.stderr).toContain('usermod -aG docker');
  });
});

describe('without a daemon', () => {
  it('prints the remedy and exits with 4 if Docker was requested', () => {
    const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const run = spawnSync(process.execPath, [HALAB, ...quick()], { encoding: 'utf8', env });
    expect(run.status).toBe(4);
    expect(run.stderr).toContain(
      'no Docker daemon answers at unix:///nonexistent/docker.sock (ENOENT)',
    );
    expect(run.stderr).toContain('--backend sim');
  });

  it('runs in the simulator if Docker was not requested, and gives the reason', () => {
    const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const output = execFileSync(
      process.execPath,
      [HALAB, 'run', 'scenarios/preempt-return.yaml', '--repeat', '1'],
      { encoding: 'utf8', env },
    );
    expect(output).toContain(
      'halab · sim (no Docker daemon answers at unix:///nonexistent/docker.sock (ENOENT))',
    );
    expect(output).toContain('PASS preempt-return');
  });
});
