/** The life of a child: it waits for the parent's order, runs, and ends in order on request or when orphaned. */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { CONFIG_EXIT } from '../../engine/core/supervisor.ts';
import { HalabError, messageOf } from '../../errors.ts';
import { type Log, openLog, tried } from '../log.ts';
import type { ChildOptions, Order, ToChild } from './child-messages.ts';
import { setProcessName } from './process-name.ts';
import { Scheduling } from './scheduling.ts';

/** `role` stands in the command line: the lab's agent and people find the child by it. */
const NAMES = {
  vrrp: { program: 'halabd_vrrp', role: 'vrrp-child', configured: 'vrrpName' },
  checker: { program: 'halabd_check', role: 'check-child', configured: 'checkerName' },
} as const;

interface Hosted<Input, Reload> {
  input(input: Input): void;
  reload(reload: Reload): void;
  /** Sends the status to the parent; `id` goes into the answer. */
  status(id: number): void;
  /** Synchronous: the process ends right after. */
  stop(): void;
}

export interface ChildTools<Message> {
  readonly log: Log;
  readonly scheduling: Scheduling;
  readonly sendToParent: (message: Message) => void;
}

/** `open` starts what the child hosts; it throws if that cannot run. */
export function runChild<AnyOrder extends Order<ChildOptions, object>, Input, Reload, Message>(
  child: keyof typeof NAMES,
  open: (
    order: AnyOrder,
    tools: ChildTools<Message>,
  ) => Hosted<Input, Reload & { readonly config: DaemonConfig }>,
): void {
  const { program, role, configured } = NAMES[child];
  let hosted: ReturnType<typeof open> | undefined;
  let scheduling: Scheduling | undefined;
  let log: Log | undefined;

  const send = (message: object): void => {
    if (process.connected) process.send?.(message, () => {});
  };
  const begin = (order: AnyOrder): void => {
    const { config, options } = order;
    log = openLog(program, options.log, (line) => send({ kind: 'log', line }));
    try {
      const name = config.global.process[configured];
      if (name !== undefined) setProcessName(name, role);
      scheduling = new Scheduling(child, log);
      scheduling.configure(config.global.process);
      hosted = open(order, { log, scheduling, sendToParent: (message) => send(message as object) });
    } catch (error) {
      log.error(messageOf(error));
      if (child === 'checker' || !(error instanceof HalabError)) process.exit(1);
      log.error(error.hint);
      process.exit(CONFIG_EXIT);
    }
  };
  const leave = (): void => {
    hosted?.stop();
    process.exit(0);
  };

  setProcessName(program, role);
  process.on('message', (message: ToChild<AnyOrder, Input, Reload>) => {
    if (message.kind === 'order') begin(message);
    else if (message.kind === 'input') hosted?.input(message.input);
    else if (message.kind === 'reload')
      // A mistake in a file never ends a child that runs.
      tried(log, 'reload', () => {
        scheduling?.configure(message.config.global.process);
        hosted?.reload(message);
      });
    else if (message.kind === 'leave') leave();
    else hosted?.status(message.id);
  });
  process.on('SIGTERM', leave);
  // The terminal sends SIGINT to the whole group; the parent decides about it and about the other signals.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => {});
  process.on('disconnect', leave);
}
