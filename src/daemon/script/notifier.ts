/**
 * Notifies of state changes: notify scripts, one after the other for each instance, so that the last one to run is for
 * the last state (keepalived starts them all at once), and lines of FIFOs, in order.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { NotifyConfig, NotifyFifo, ScriptCommand } from '../../engine/core/config-script.ts';
import type { Log } from '../log.ts';
import { RepeatedLog } from '../repeated-log.ts';
import type { ForwardedEffect } from '../vrrp/vrrp-messages.ts';
import { EventFifo } from './event-fifo.ts';
import { startFifoReader } from './fifo-reader.ts';
import { type Job, ScriptQueue } from './script-queue.ts';
import type { ScriptRunner } from './script-runner.ts';

/** A script that hangs delays the next one by at most this. */
const PATIENCE_MS = 30_000;

/** The last reported state and effective priority of an instance. */
export interface LastState {
  readonly state: string;
  readonly priority: number;
}

/** The source of a line. `notify_fifo` gets the lines of both. */
type LineSource = 'vrrp' | 'lvs';

interface Fifo {
  readonly of: LineSource | undefined;
  readonly events: EventFifo;
  readonly stopReader: (() => void) | undefined;
}

export class Notifier {
  private config: DaemonConfig;
  private readonly scripts: ScriptRunner;
  private readonly log: Log;
  private fifos: Fifo[] = [];
  /** One for each instance or group, and others for notifications that are no state change and must not delay one. */
  private readonly queues = new Map<string, ScriptQueue>();
  private readonly lost: RepeatedLog;
  /** STOP is the last notification: later effects of the child are ignored. */
  private isStopping = false;

  constructor(config: DaemonConfig, scripts: ScriptRunner, log: Log) {
    this.config = config;
    this.scripts = scripts;
    this.log = log;
    this.lost = new RepeatedLog(log, 'error');
    this.openFifos();
  }

  configure(config: DaemonConfig): void {
    const paths = (config: DaemonConfig): string => JSON.stringify(fifosOf(config));
    const changed = paths(config) !== paths(this.config);
    this.config = config;
    if (!changed) return;
    this.close();
    this.openFifos();
  }

  /** `known`: the last state of each instance. */
  handle(effect: ForwardedEffect, known: ReadonlyMap<string, LastState>): void {
    if (this.isStopping) return;
    if (effect.kind === 'state' && effect.to !== 'INIT') {
      this.notifyState('INSTANCE', effect.instance, effect.to, effect.priority);
    } else if (effect.kind === 'group-state' && effect.to !== 'INIT') {
      this.notifyState('GROUP', effect.group, effect.to, 0);
    } else if (effect.kind === 'deleted') {
      const { notify, name } = effect.config;
      const priority = known.get(name)?.priority ?? effect.config.priority;
      const own = notify.deleted ?? notify.fault;
      this.announce('INSTANCE', name, 'DELETED', priority, own, notify);
    } else if (effect.kind === 'lower-priority') {
      this.lowerPriority(effect.instance, known.get(effect.instance)?.priority);
    } else if (effect.kind === 'priority') {
      this.priority(effect.instance, effect.priority, known);
    }
  }

  private lowerPriority(instance: string, effective: number | undefined): void {
    const found = this.config.instances.find(({ name }) => name === instance);
    if (found === undefined) return;
    const { notify, name } = found;
    this.write(`INSTANCE "${name}" MASTER_RX_LOWER_PRI ${effective ?? found.priority}\n`);
    const script = notify.lowerPriority;
    if (script === undefined) return;
    const queue = this.queueOf(`lower priority of INSTANCE ${name}`);
    queue.addOnce(this.job('MASTER_RX_LOWER_PRI', script, []));
  }

  /** keepalived `fifo_write_vrrp_states_on_reload`. */
  writeStates(known: ReadonlyMap<string, LastState>): void {
    if (!this.config.global.fifoStatesOnReload) return;
    for (const { name } of this.config.instances) {
      const last = known.get(name);
      if (last !== undefined) this.write(`INSTANCE "${name}" ${last.state} ${last.priority}\n`);
    }
  }

  /** Runs notify_stop of every instance and group; resolves when all have ended. */
  async stopping(known: ReadonlyMap<string, LastState>): Promise<void> {
    this.isStopping = true;
    for (const { name, notify } of this.config.instances) {
      const last = known.get(name);
      if (last !== undefined)
        this.announce('INSTANCE', name, 'STOP', last.priority, notify.stop, notify);
    }
    for (const { name, notify } of this.config.syncGroups)
      this.announce('GROUP', name, 'STOP', 0, notify.stop, notify);
    await Promise.all([...this.queues.values()].map((queue) => queue.settled()));
  }

  /** Of health checks: `what` is `VS [..]` or `RS [..] [..]`. */
  notifyServer(what: string, state: 'UP' | 'DOWN', script: ScriptCommand | undefined): void {
    this.write(`${what} ${state}\n`, 'lvs');
    if (script !== undefined) this.queueOf(what).add(this.job(state, script, []));
  }

  private notifyState(
    kind: 'INSTANCE' | 'GROUP',
    name: string,
    state: 'MASTER' | 'BACKUP' | 'FAULT' | 'INIT',
    priority: number,
  ): void {
    const list = kind === 'INSTANCE' ? this.config.instances : this.config.syncGroups;
    const notify = list.find((notifying) => notifying.name === name)?.notify;
    if (notify === undefined || state === 'INIT') return;
    const own = { MASTER: notify.master, BACKUP: notify.backup, FAULT: notify.fault }[state];
    this.announce(kind, name, state, priority, own, notify);
  }

  private priority(name: string, priority: number, known: ReadonlyMap<string, LastState>): void {
    const found = this.config.instances.find((instance) => instance.name === name);
    const { notifyPriorityChanges } = this.config.global;
    if (found === undefined || !(notifyPriorityChanges || found.notify.priorityChanges)) return;
    const state = known.get(name)?.state === 'MASTER' ? 'MASTER' : 'BACKUP';
    this.write(`INSTANCE "${name}" ${state}_PRIORITY ${priority}\n`);
  }

  private announce(
    kind: 'INSTANCE' | 'GROUP',
    name: string,
    state: string,
    priority: number,
    own: ScriptCommand | undefined,
    { any }: Partial<Pick<NotifyConfig, 'any'>>,
  ): void {
    this.write(`${kind} "${name}" ${state} ${priority}\n`);
    const queue = this.queueOf(`${kind} ${name}`);
    if (own !== undefined) queue.add(this.job(state, own, []));
    if (any !== undefined) queue.add(this.job(state, any, [kind, name, state, String(priority)]));
  }

  private queueOf(name: string): ScriptQueue {
    const lost = (what: string): void => {
      const text = 'a script did not run: newer ones waited behind it';
      this.lost.report(`${name}: ${text}`, what, `${name}: ${what}: ${text}`);
    };
    const queue = this.queues.get(name) ?? new ScriptQueue(lost);
    this.queues.set(name, queue);
    return queue;
  }

  private job(what: string, command: ScriptCommand, more: readonly string[]): Job {
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
    return { what, run };
  }

  private openFifos(): void {
    for (const { path, script, of } of fifosOf(this.config)) {
      const events = EventFifo.open(path, this.log);
      if (events === undefined) continue;
      const stopReader = script && startFifoReader(script, path, this.scripts, this.log);
      this.fifos.push({ of, events, stopReader });
    }
  }

  close(): void {
    for (const { events, stopReader } of this.fifos) {
      events.close();
      stopReader?.();
    }
    this.fifos = [];
  }

  private write(line: string, from: LineSource = 'vrrp'): void {
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
