/** Entry of the vrrp child: waits for the parent's order, runs, leaves in order when told or orphaned. */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { CONFIG_EXIT } from '../../engine/core/supervisor.ts';
import { HalabError, messageOf } from '../../errors.ts';
import { type Log, openLog, tried } from '../log.ts';
import type { ChildMessage, ParentMessage } from '../messages.ts';
import { setProcessName } from '../process/process-name.ts';
import { Scheduling } from '../process/scheduling.ts';
import { VrrpProcess } from './vrrp-process.ts';

/** How the lab's agent and people find it among the processes. */
const ROLE = 'vrrp-child';
setProcessName('halabd_vrrp', ROLE);

let running: VrrpProcess | undefined;
let scheduling: Scheduling | undefined;
let log: Log | undefined;
let keepAddresses = false;

process.on('message', (message) => {
  const said = message as ParentMessage;
  if (said.kind === 'order') begin(said);
  else if (said.kind === 'input') running?.input(said.input);
  else if (said.kind === 'reload') reload(said.config);
  else if (said.kind === 'leave') leave();
  else running?.status(said.id);
});

function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

function begin({ config, options, resume }: Extract<ParentMessage, { kind: 'order' }>): void {
  const opened = openLog('halabd_vrrp', options.log, (line) => tellParent({ kind: 'log', line }));
  log = opened;
  keepAddresses = options.keepAddresses;
  try {
    const { vrrpName } = config.global.process;
    if (vrrpName !== undefined) setProcessName(vrrpName, ROLE);
    const scheduled = new Scheduling('vrrp', opened);
    scheduled.configure(config.global.process);
    scheduling = scheduled;
    running = new VrrpProcess(config, {
      events: options.events,
      log: opened,
      tellParent,
      onLate: (by) => scheduled.late(by),
    });
    running.start(resume);
  } catch (error) {
    opened.error(messageOf(error));
    if (error instanceof HalabError) opened.error(error.hint);
    process.exit(error instanceof HalabError ? CONFIG_EXIT : 1);
  }
}

/** Nothing in a file ends a router that runs. */
function reload(config: DaemonConfig): void {
  tried(log, 'reload', () => {
    scheduling?.configure(config.global.process);
    running?.reload(config);
  });
}

function leave(): void {
  // keepalived -V: neither resigns nor cleans up.
  if (!keepAddresses) running?.stop();
  process.exit(0);
}

process.on('SIGTERM', leave);
// The terminal sends SIGINT to the whole group; the parent decides. The others are the parent's too.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => {});
process.on('disconnect', leave);
