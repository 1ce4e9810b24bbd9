/** Entry of the check child: waits for the parent's order, runs, leaves in order when told or orphaned. */
import { messageOf } from '../../errors.ts';
import { type Log, openLog, tried } from '../log.ts';
import { setProcessName } from '../process/process-name.ts';
import { Scheduling } from '../process/scheduling.ts';
import type { CheckChildMessage, CheckParentMessage } from './check-messages.ts';
import { CheckProcess } from './check-process.ts';

/** How the lab's agent and people find it among the processes. */
const ROLE = 'check-child';
setProcessName('halabd_check', ROLE);

let running: CheckProcess | undefined;
let scheduling: Scheduling | undefined;
let log: Log | undefined;

process.on('message', (message) => {
  const said = message as CheckParentMessage;
  if (said.kind === 'order') begin(said);
  else if (said.kind === 'input') running?.input(said.input);
  else if (said.kind === 'reload') reload(said);
  else if (said.kind === 'leave') leave();
  else running?.status(said.id);
});

/** Nothing in a file ends checks that run. */
function reload({ config, tls }: Extract<CheckParentMessage, { kind: 'reload' }>): void {
  tried(log, 'reload', () => {
    scheduling?.configure(config.global.process);
    running?.reload(config, tls);
  });
}

function tellParent(message: CheckChildMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

function begin({ kind: _, ...order }: Extract<CheckParentMessage, { kind: 'order' }>): void {
  const { config, options } = order;
  const opened = openLog('halabd_check', options.log, (line) => tellParent({ kind: 'log', line }));
  log = opened;
  const { checkerName } = config.global.process;
  if (checkerName !== undefined) setProcessName(checkerName, ROLE);
  scheduling = new Scheduling('checker', opened);
  scheduling.configure(config.global.process);
  try {
    running = new CheckProcess(order, opened, tellParent);
    running.start();
  } catch (error) {
    opened.error(messageOf(error));
    process.exit(1);
  }
}

function leave(): void {
  running?.stop();
  process.exit(0);
}

process.on('SIGTERM', leave);
// The terminal sends SIGINT to the whole group; the parent decides. The others are the parent's too.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => {});
process.on('disconnect', leave);
