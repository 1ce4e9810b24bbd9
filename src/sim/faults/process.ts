/** Faults of the processes of a simulated router. */
import type { ConfigFile } from '../../fault/config-change.ts';
import type { Fault, FaultOf } from '../../fault/faults.ts';
import { micros } from '../../time.ts';
import { readRendered } from '../router-host.ts';
import { type Actions, type FaultyNode, type Order, outcome, restartLater } from './actions.ts';

export const PROCESS_FAULTS = {
  'process.kill': {
    apply: ({ fault: { process } }, { router }) =>
      outcome(router?.kill(process), `${process} killed`, `no process ${process} runs`),
    undo: (_, node) => restartLater(node),
  } satisfies Actions<FaultOf<'process.kill'>>,
  'process.crash-loop': {
    apply: (order, node) => {
      const { process } = order.fault;
      const killed = node.router?.kill(process);
      if (killed) killLater(order, node);
      return outcome(killed, `${process} killed`, `no process ${process} runs`);
    },
  } satisfies Actions<FaultOf<'process.crash-loop'>>,
  'process.pause': {
    apply: ({ fault: { process } }, { router }) =>
      outcome(router?.pause(process), `${process} stopped`, `no process ${process} runs`),
    undo: (_, { router }, others) =>
      router?.resume(
        others.flatMap((other) => (other.kind === 'process.pause' ? [other.process] : [])),
      ),
  } satisfies Actions<FaultOf<'process.pause'>>,
  'process.reload': {
    apply: ({ fault: { change } }, { router }) =>
      outcome(
        router?.reload(configIn(change?.files)),
        'SIGHUP was delivered',
        'no router process runs',
      ),
    undo: ({ fault: { change } }, { router }, others) => {
      if (change !== undefined) router?.reload(configIn(lastFiles(others) ?? change.before));
    },
  } satisfies Actions<FaultOf<'process.reload'>>,
  'process.slow': {
    apply: ({ fault: { by } }, { router }) => {
      router?.slow(by);
      return outcome(router !== undefined, 'its timers fire later', 'there is no router');
    },
    undo: ({ fault: { by } }, { router }) => router?.slow(micros(-by)),
  } satisfies Actions<FaultOf<'process.slow'>>,
};

function killLater(order: Order<FaultOf<'process.crash-loop'>>, node: FaultyNode): void {
  const { process, every } = order.fault;
  node.world.after(every, () => {
    if (!order.inForce()) return;
    node.router?.kill(process);
    killLater(order, node);
  });
}

/** Of the last change that is still in force. */
function lastFiles(others: readonly Fault[]): readonly ConfigFile[] | undefined {
  const changes = others.flatMap((other) =>
    other.kind === 'process.reload' ? [other.change] : [],
  );
  return changes.findLast((change) => change !== undefined)?.files;
}

function configIn(files: readonly ConfigFile[] = []): ReturnType<typeof readRendered> | undefined {
  const [file] = files;
  return file === undefined ? undefined : readRendered(file);
}
