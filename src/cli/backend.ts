/**
 * Chooses the backend of a run: Docker if a daemon answers and this machine can make nodes for it, otherwise the
 * simulator. The choice and its reason are printed and recorded. Docker's modules are loaded only if they are used.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { HalabError } from '../errors.ts';
import type { Backend } from '../lab/lab.ts';
import { cannotRun, leftOut } from '../lab/plan.ts';
import { cannotInject } from '../run/cannot-inject.ts';
import { micros } from '../time.ts';
import type { BackendChoice } from './backend-choice.ts';
import { simulator } from './simulator.ts';

/** Asking for Docker by name makes an unreachable daemon an error (exit 4). */
export async function chooseBackend(wanted: Backend | undefined): Promise<BackendChoice> {
  if (wanted === 'sim') return simulator('asked for');
  if (wanted === 'docker') return docker('asked for');
  try {
    return await docker('a Docker daemon answers');
  } catch (error) {
    if (error instanceof HalabError) return simulator(error.message);
    throw error;
  }
}

async function docker(reason: string): Promise<BackendChoice> {
  const { connectDocker } = await import('../lab/docker/connection.ts');
  const connection = await connectDocker();
  const { checkMachine } = await import('../lab/docker/image.ts');
  checkMachine();
  const { DockerLab } = await import('../lab/docker/docker-lab.ts');
  const { dockerRefusals } = await import('./docker-faults.ts');
  const kernel = { ipvs: existsSync('/proc/net/ip_vs') };
  return {
    name: 'docker',
    reason,
    refusals: dockerRefusals,
    kernel,
    leftOut: ({ topology }) => leftOut(topology, kernel),
    cannotRun: (scenario) => [
      ...cannotRun(scenario.topology, kernel),
      ...cannotInject(scenario, 'docker', dockerRefusals),
    ],
    makeLab: () => new DockerLab(connection),
    runId: () =>
      BigInt(`0x${randomBytes(8).toString('hex')}`)
        .toString(36)
        .padStart(10, '0')
        .slice(-10),
    wallClock: () => {
      const elapsed = micros(Number(process.hrtime.bigint() / 1_000n));
      return { elapsed, epoch: Date.now() * 1_000 - elapsed };
    },
  };
}
