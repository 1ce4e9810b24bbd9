/**
 * Chooses the world a run happens in: Docker if a daemon answers and this machine can make nodes for it,
 * otherwise the simulator. The choice
 * and its reason are printed and recorded. Real parts are loaded only if they are used.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { HalabError } from '../errors.ts';
import type { NodeKernel } from '../kind/kind.ts';
import type { Backend, Lab } from '../lab/lab.ts';
import { SimLab } from '../lab/sim/sim-lab.ts';
import { type Micros, micros } from '../time.ts';

export interface BackendChoice {
  readonly name: Backend;
  readonly reason: string;
  readonly makeLab: () => Lab;
  /** Under the nodes. */
  readonly kernel: NodeKernel;
  readonly runId: () => string;
  readonly wallClock: () => { readonly elapsed: Micros; readonly epoch: number };
}

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
  return {
    name: 'docker',
    reason,
    kernel: { ipvs: existsSync('/proc/net/ip_vs') },
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

/** Virtual time: no wall clock, and a name that is the same every time. */
function simulator(reason: string): BackendChoice {
  return {
    name: 'sim',
    reason,
    kernel: { ipvs: false },
    makeLab: () => new SimLab(),
    runId: () => '0000000sim',
    wallClock: () => ({ elapsed: micros(0), epoch: 0 }),
  };
}
