/**
 * Tells the outside of state changes: notify scripts, one after the other for each instance so that the
 * last one to run is of the last state (keepalived starts them all at once), and FIFOs, in order.
 */
import type {
  DaemonConfig,
  NotifyConfig,
  NotifyFifo,
  ScriptCommand,
} from '../engine/core/config.ts';
import { EventFifo } from './event-fifo.ts';
import { FifoReader } from './fifo-reader.ts';
import type { Log } from './log.ts';
import type { ForwardedEffect } from './messages.ts';
import type { ScriptRunner } from './script-runner.ts';

/** A script that hangs holds the next one up for no longer than this. */
const PATIENCE_MS = 30_000;

/** Whose lines a FIFO gets; `notify_fifo` gets all. */
type Speaker = 'vrrp' | 'lvs';

interface Fifo {
  readonly of: Speaker | undefined;
  readonly events: EventFifo;
  readonly reader: FifoReader | undefined;
}

export class Notifier {
  private config: DaemonConfig;
  private readonly scripts: ScriptRunner;
  private readonly log: Log;
  private fifos: Fifo[] = [];
  /** The last script of each instance or group. */
  private readonly queues = new Map<string, Promise<void>>();

  constructor(config: DaemonConfig, scripts: ScriptRunner, log: Log) {
    this.config = config;
    this.scripts = scripts;
    this.log = log;
    this.openFifos();
  }

  configure(config: DaemonConfig): void {
    const paths = (one: DaemonConfig): string => JSON.stringify(fifosOf(one));
    const changed = paths(config) !== paths(this.config);
    this.config = config;
    if (!changed) return;
    this.closeFifos();
    this.openFifos();
  }

  /** `states`: the last of each instance. */
  hear(effect: ForwardedEffect, states: ReadonlyMap<string, string>): void {
    if (effect.kind === 'state' && effect.to !== 'INIT') {
      this.tell('INSTANCE', effect.instance, effect.to, effect.priority);
    } else if (effect.kind === 'group-state' && effect.to !== 'INIT') {
      this.tell('GROUP', effect.group, effect.to, 0);
    } else if (effect.kind === 'deleted') {
      const { notify, name, priority } = effect.config;
      this.carryOut(
        'INSTANCE',
        name,
        'DELETED',
        priority,
        [notify.deleted ?? notify.fault],
        notify,
      );
    } else if (effect.kind === 'lower-priority') {
      const found = this.config.instances.find(({ name }) => name === effect.instance);
      if (found === undefined) return;
      const { notify, name, priority } = found;
      this.carryOut('INSTANCE', name, 'MASTER_RX_LOWER_PRI', priority, [notify.lowerPriority], {});
    } else if (effect.kind === 'priority') {
      this.priority(effect.instance, effect.priority, states);
    }
  }

  /** keepalived `fifo_write_vrrp_states_on_reload`. */
  tellStates(states: ReadonlyMap<string, string>): void {
    if (!this.config.global.fifoStatesOnReload) return;
    for (const { name, priority } of this.config.instances) {
      const state = states.get(name);
      if (state !== undefined) this.write(`INSTANCE "${name}" ${state} ${priority}\n`);
    }
  }

  /** notify_stop of every instance and group; resolves when all have ended. */
  async stopping(active: ReadonlyMap<string, string>): Promise<void> {
    for (const { name, notify, priority } of this.config.instances)
      if (active.has(name))
        this.carryOut('INSTANCE', name, 'STOP', priority, [notify.stop], notify);
    for (const { name, notify } of this.config.syncGroups)
      this.carryOut('GROUP', name, 'STOP', 0, [notify.stop], notify);
    await Promise.all(this.queues.values());
  }

  /** Of health checks: `what` is `VS [..]` or `RS [..] [..]`. */
  tellServers(what: string, state: 'UP' | 'DOWN', script: ScriptCommand | undefined): void {
    this.write(`${what} ${state}\n`, 'lvs');
    if (script !== undefined) this.enqueue(what, script, []);
  }

  close(): void {
    this.closeFifos();
  }

  private tell(
    kind: 'INSTANCE' | 'GROUP',
    name: string,
    state: 'MASTER' | 'BACKUP' | 'FAULT' | 'INIT',
    priority: number,
  ): void {
    const list = kind === 'INSTANCE' ? this.config.instances : this.config.syncGroups;
    const notify = list.find((one) => one.name === name)?.notify;
    if (notify === undefined || state === 'INIT') return;
    const own = { MASTER: notify.master, BACKUP: notify.backup, FAULT: notify.fault }[state];
    this.carryOut(kind, name, state, priority, [own], notify);
  }

  private priority(name: string, priority: number, states: ReadonlyMap<string, string>): void {
    const found = this.config.instances.find((one) => one.name === name);
    const { notifyPriorityChanges } = this.config.global;
    if (found === undefined || !(notifyPriorityChanges || found.notify.priorityChanges)) return;
    const state = states.get(name) === 'MASTER' ? 'MASTER' : 'BACKUP';
    this.write(`INSTANCE "${name}" ${state}_PRIORITY ${priority}\n`);
  }

  private carryOut(
    kind: 'INSTANCE' | 'GROUP',
    name: string,
    state: string,
    priority: number,
    own: readonly (ScriptCommand | undefined)[],
    { any }: Partial<Pick<NotifyConfig, 'any'>>,
  ): void {
    this.write(`${kind} "${name}" ${state} ${priority}\n`);
    for (const command of own)
      if (command !== undefined) this.enqueue(`${kind} ${name}`, command, []);
    if (any !== undefined)
      this.enqueue(`${kind} ${name}`, any, [kind, name, state, String(priority)]);
  }

  private enqueue(queue: string, command: ScriptCommand, more: readonly string[]): void {
    const run = (): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          this.log.error(`${command.argv[0]}: still runs after 30 s; the next script is started`);
          resolve();
        }, PATIENCE_MS);
        this.scripts.run(command, more, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    const before = this.queues.get(queue);
    this.queues.set(queue, before === undefined ? run() : before.then(run));
  }

  private openFifos(): void {
    for (const { path, script, of } of fifosOf(this.config)) {
      const events = EventFifo.open(path, this.log);
      if (events === undefined) continue;
      const reader = script && new FifoReader(script, path, this.scripts, this.log);
      this.fifos.push({ of, events, reader });
    }
  }

  private closeFifos(): void {
    for (const { events, reader } of this.fifos) {
      events.close();
      reader?.stop();
    }
    this.fifos = [];
  }

  private write(line: string, from: Speaker = 'vrrp'): void {
    for (const { events, of } of this.fifos)
      if (of === undefined || of === from) events.write(line);
  }
}

function fifosOf({ global, check }: DaemonConfig): (NotifyFifo & Pick<Fifo, 'of'>)[] {
  const all: readonly [NotifyFifo | undefined, Fifo['of']][] = [
    [global.vrrpNotifyFifo, 'vrrp'],
    [check.notifyFifo, 'lvs'],
    [global.notifyFifo, undefined],
  ];
  return all.flatMap(([fifo, of]) => (fifo === undefined ? [] : [{ ...fifo, of }]));
}
