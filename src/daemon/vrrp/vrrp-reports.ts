/** The reports of the vrrp child: log lines for people, event lines for programs, refused packets for the parent. */
import type { Refused } from '../../engine/snmp/traps.ts';
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import { OVERRUN } from '../../linux/route-watch.ts';
import { formatMicros, type Instant } from '../../time.ts';
import type { Log } from '../log.ts';
import { RepeatedLog } from '../repeated-log.ts';
import type { EventWriter } from '../status/event-line.ts';
import { Received } from './received.ts';

type Reported = Extract<
  VrrpEffect,
  { kind: 'state' | 'priority' | 'script' | 'stalled' | 'received' }
>;

export class VrrpReports {
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly received: Received;
  private readonly unsent: RepeatedLog;
  private readonly overruns: RepeatedLog;

  constructor(log: Log, events: EventWriter, onRefused: (refused: Refused) => void) {
    this.log = log;
    this.events = events;
    this.received = new Received(events, log, onRefused);
    this.unsent = new RepeatedLog(log, 'error');
    this.overruns = new RepeatedLog(log, 'info');
  }

  totals(): ReturnType<Received['totals']> {
    return this.received.totals();
  }

  /** `at`: when the router decided. */
  report(effect: Reported, at: Instant): void {
    switch (effect.kind) {
      case 'state': {
        const { instance, from, to, reason, detail, priority } = effect;
        this.events.write({ kind: 'state', at, instance, state: to, reason, detail, priority });
        const text = `${instance}: ${from} -> ${to}: ${detail}`;
        if (to === 'FAULT') this.log.error(text);
        else this.log.info(text);
        return;
      }
      case 'priority': {
        const { instance, priority, detail } = effect;
        this.events.write({ kind: 'priority', at, instance, priority });
        this.log.info(`${instance}: priority ${priority}: ${detail}`);
        return;
      }
      case 'script':
        this.events.write({ kind: 'script', at, script: effect.name, up: effect.up });
        this.log.info(`script ${effect.name} ${effect.up ? 'succeeds' : 'fails'}`);
        return;
      case 'stalled':
        this.log.error(`${effect.instance}: did not run for ${formatMicros(effect.late)}`);
        return;
      default:
        this.received.count(effect);
    }
  }

  notSent(effect: Extract<VrrpEffect, { kind: 'send' }>, problem: string): void {
    const text = `an advert could not be sent on ${effect.interface}: ${problem}`;
    this.unsent.report(text, effect.instance, `${effect.instance}: ${text}`);
  }

  /** The kernel has dropped messages about links and addresses. */
  overrun(): void {
    this.overruns.report(OVERRUN, 'times', OVERRUN);
  }

  close(): void {
    this.received.close();
    this.unsent.close();
    this.overruns.close();
  }
}
