/**
 * One lab at a time on a Docker daemon, because two would disturb each other's measurements. Every run holds a ticket: a
 * container that ends with its runner, because its standard input ends. So the daemon knows which runs are alive,
 * in any namespace and after any death. The ticket with the name `halab-turn` has the turn; Docker gives a
 * name only once.
 */
import type Docker from 'dockerode';
import { HalabError } from '../../errors.ts';
import { pidSeen } from './labels.ts';
import { createNode, type DockerNode } from './node.ts';
import { listTickets, removeDeadHolder, TICKET, type Ticket, TURN_NAME } from './ticket.ts';

const RETRY_MS = 250;
/** A wait is reported again after this long, then after twice as long, and so on. */
const REPORT_AGAIN_MS = 10_000;

export interface TurnOptions {
  readonly runId: string;
  /** Any engine image. */
  readonly image: string;
  readonly progress: (message: string) => void;
  readonly stopped: () => boolean;
}

/**
 * Waits for the turn, until `stopped`. The ticket is in the host's network with NET_ADMIN, so that it can serve as the
 * run's helper there. To remove it ends the turn.
 */
export async function takeTurn(docker: Docker, options: TurnOptions): Promise<DockerNode> {
  const { runId, image, progress, stopped } = options;
  const ticket = await createNode(docker, {
    runId,
    name: 'halab-host',
    image,
    capabilities: ['NET_ADMIN'],
    labels: { [TICKET]: String(Date.now()) },
    autoRemove: true,
  });
  const reportWait = waitReporter(progress);
  try {
    await ticket.start();
    for (;;) {
      const { holder, waiting } = await listTickets(docker);
      const place = waiting.findIndex(({ run }) => run === runId);
      if (stopped()) throw new Error('the lab is being taken down');
      if (place < 0)
        throw new HalabError({
          code: 'HALAB_TURN',
          message: "the container that holds this run's place in the queue was removed",
          hint: 'Did somebody run `halab clean --all`? Start the run again.',
        });
      if (holder === undefined && place === 0) {
        if (await ticket.rename(TURN_NAME)) return ticket;
        await removeDeadHolder(docker);
      }
      reportWait(holder ?? waiting[place - 1], place + 1, waiting.length);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } catch (error) {
    await ticket.remove();
    throw error;
  }
}

/** Reports that another run has the turn: when the place in the queue changes, and when the wait becomes long. */
function waitReporter(progress: (message: string) => void) {
  const since = Date.now();
  let nextMs = 0;
  let lastMessage = '';
  return (holder: Ticket | undefined, place: number, queue: number): void => {
    const elapsed = Date.now() - since;
    const message = `waiting for another halab run to end${nameOf(holder)}: place ${place} of ${queue} in the queue`;
    if (message === lastMessage && elapsed < nextMs) return;
    lastMessage = message;
    nextMs = Math.max(REPORT_AGAIN_MS, elapsed * 2);
    progress(`${message}, ${Math.round(elapsed / 1_000)} s so far`);
  };
}

/** A pid is shown only where the process is visible. */
function nameOf(holder: Ticket | undefined): string {
  if (holder === undefined) return '';
  const pid = pidSeen(holder.labels);
  return pid === undefined ? ` (run ${holder.run})` : ` (pid ${pid})`;
}
