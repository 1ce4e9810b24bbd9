/** A running lab in Docker for tests, and a look at what is left of labs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { connectDocker } from '../../src/lab/docker/connection.ts';
import { DockerLab } from '../../src/lab/docker/docker-lab.ts';
import type { LabPlan } from '../../src/lab/lab.ts';
import { planOf } from '../../src/lab/plan.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { type Instant, plus, seconds } from '../../src/time.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { type ContractRun, inject } from './contract.ts';

let runs = 0;

export interface DockerRun extends ContractRun {
  readonly lab: DockerLab;
  readonly docker: Docker;
  readonly events: readonly LabEvent[];
  readonly frames: readonly { readonly at: Instant; readonly frame: Uint8Array }[];
  readonly runId: string;
}

/** Starts a lab; `body` gets it; it is always taken down. */
export async function withLab(
  topology: Topology,
  body: (run: DockerRun) => Promise<void>,
  change: (plan: LabPlan) => LabPlan = (plan) => plan,
): Promise<void> {
  const connection = await connectDocker();
  const lab = new DockerLab(connection);
  const timeline = new Timeline(topology);
  const events: LabEvent[] = [];
  const frames: { at: Instant; frame: Uint8Array }[] = [];
  const runId = `test${process.pid.toString(36)}x${runs++}`.padEnd(10, '0').slice(-10);
  const plan = planOf(topology, {
    runId,
    seed: 1,
    progress: () => {},
    onEvent: (event) => {
      events.push(event);
      timeline.add(event);
    },
    onFrame: (_segment, at, frame) =>
      frames.push({ at, frame: typeof frame === 'function' ? frame() : frame }),
    onFrameSource: () => {},
  });
  const [router] = topology.virtualRouters;
  try {
    await lab.up(change(plan));
    await body({
      lab,
      docker: connection.docker,
      topology,
      timeline,
      events,
      frames,
      runId,
      until: async (what, condition, within = 15) => {
        if (await lab.clock.runUntil(plus(lab.clock.now(), seconds(within)), condition)) return;
        const story = events
          .filter(({ kind }) => !/probe|neighbor|advert|heartbeat|http-result/.test(kind))
          .slice(-25);
        throw new Error(
          `${what}: not within ${within} s\n${story.map((event) => JSON.stringify(event)).join('\n')}`,
        );
      },
      strike: async (id, fault) => {
        const result = await inject(lab, { id, fault });
        if (!result.ok) throw new Error(result.because);
        return result.at as Instant;
      },
      owners: () => (router === undefined ? [] : timeline.ownership.holders(router)),
    });
  } finally {
    await lab.down();
  }
}

/** Containers, networks and bridges that belong to a run, or to any. */
export async function leftovers(runId?: string): Promise<string[]> {
  const { docker } = await connectDocker();
  const filters = { label: [runId === undefined ? 'halab=1' : `halab.run=${runId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const bridges = spawnSync('ip', ['-o', 'link'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => /: hl[0-9a-z]{8}\d/.test(line));
  const agents = spawnSync('pgrep', ['-f', '/opt/halab/dist'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((pid) => pid !== '' && !isOfAnotherDaemon(pid));
  return [
    ...containers.map(({ Names }) => Names[0] ?? ''),
    ...networks.map(({ Name }) => Name),
    ...(runId === undefined ? [...bridges, ...agents.map((pid) => `process ${pid}`)] : []),
  ];
}

/** Labs of another tier may run side by side (test/tiers/own-docker.mjs). */
function isOfAnotherDaemon(pid: string): boolean {
  const cgroup = `/proc/${pid}/cgroup`;
  return !existsSync(cgroup) || readFileSync(cgroup, 'utf8').includes('/halab-own-docker/');
}

/**
 * What is left, but for networks that Docker does not let go of: seldom, after a SIGKILL, Docker 20.10 counts an
 * endpoint that no container has, until the daemon is started again. Not to be asked while a lab runs.
 */
export async function leftByUs(): Promise<string[]> {
  const stuck = await stuckNetworks();
  return (await leftovers()).filter((leftover) => !stuck.some((name) => leftover.includes(name)));
}

/** The names of such networks and of their bridges; throws if one would have gone. */
export async function stuckNetworks(): Promise<string[]> {
  const { docker } = await connectDocker();
  const stuck: string[] = [];
  for (const { Id, Name } of await docker.listNetworks({ filters: { label: ['halab=1'] } })) {
    const network = docker.getNetwork(Id);
    const { Containers, Options } = await network.inspect();
    if (Object.keys(Containers ?? {}).length > 0) continue;
    const refusal = await network.remove().then(
      () => `the network ${Name} was left, and would have gone`,
      (error: Error) => error.message,
    );
    if (!/has active endpoints/.test(refusal)) throw new Error(refusal);
    stuck.push(Name, Options?.['com.docker.network.bridge.name'] ?? Name);
  }
  return stuck;
}
