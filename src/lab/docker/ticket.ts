/** The tickets of runs on a Docker daemon: which runs are alive, which wait, which has the turn. */
import type Docker from 'dockerode';
import { isHere, type Labels, pidSeen } from './labels.ts';

/** Label of a ticket: since when its run waits, in milliseconds of the run's clock. */
export const TICKET = 'halab.ticket';
/** Container name of the ticket that has the turn. */
export const TURN_NAME = 'halab-turn';
/** How long a container may take from its creation to its start. */
const MADE_SECONDS = 60;

export interface Ticket {
  readonly run: string;
  readonly labels: Labels;
}

export async function listTickets(docker: Docker) {
  const all = await docker.listContainers({ all: true, filters: { label: [TICKET] } });
  const held = all.filter(({ Labels }) => Labels['halab.run'] !== undefined);
  const going = held.filter(({ State }) => RUNNING.includes(State));
  const holder = going.find(({ Names }) => Names.includes(`/${TURN_NAME}`));
  const since = ({ Labels }: Docker.ContainerInfo): number => Number(Labels[TICKET]);
  const waiting = going
    .filter((container) => container !== holder)
    .sort((a, b) => since(a) - since(b) || (a.Id < b.Id ? -1 : 1));
  return {
    holder: holder && ticketOf(holder),
    /** In the order of their turns. */
    waiting: waiting.map(ticketOf),
    /** Runs that are alive. */
    alive: new Set(
      [...going, ...held.filter(isBeingMade)].map((container) => ticketOf(container).run),
    ),
  };
}

/** Removes a container that has the name and does not run: Docker was stopped before it could remove it. */
export async function removeDeadHolder(docker: Docker): Promise<void> {
  const holder = docker.getContainer(TURN_NAME);
  const found = await holder.inspect().catch(() => undefined);
  if (found?.State.Running !== false) return;
  const dead = docker.getContainer(found.Id);
  await dead.remove({ force: true }).catch(() => {});
}

const RUNNING = ['running', 'paused', 'restarting'];

/** Created and not started yet, by a process that is alive, or that is not visible from here and may be. */
function isBeingMade({ State, Created, Labels }: Docker.ContainerInfo): boolean {
  if (State !== 'created') return false;
  if (isHere(Labels)) return pidSeen(Labels) !== undefined;
  return Math.abs(Date.now() / 1_000 - Created) < MADE_SECONDS;
}

function ticketOf({ Labels }: Docker.ContainerInfo): Ticket {
  return { run: Labels['halab.run'] ?? '', labels: Labels };
}
