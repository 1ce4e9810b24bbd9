/** The reports of the vrrp child: log lines for people, event lines for programs, refused packets for the parent. */
import type { Refused } from '../../engine/snmp/traps.ts';
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import { OVERRUN } from '../../linux/route-watch.ts';
import { counterOf } from '../../net/local-checks.ts';
import { formatMicros, type Instant } from '../../time.ts';
import type { Log } from '../log.ts';
import { RepeatedLog } from '../repeated-log.ts';
import type { EventWriter } from '../status/event-line.ts';

type Reported = Extract<
  VrrpEffect,
  { kind: 'state' | 'priority' | 'script' | 'stalled' | 'received' }
>;

const DIFFERENCE = { interval: 'advert_int', addresses: 'list of addresses' } as const;

export class VrrpReports {
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly onRefused: (refused: Refused) => void;
  private readonly received: RepeatedLog;
  private readonly unsent: RepeatedLog;
  private readonly overruns: RepeatedLog;
  /** Packets accepted, and refused by reason. */
  readonly totals = { accepted: 0, refused: {} as Record<string, number> };

  constructor(log: Log, events: EventWriter, onRefused: (refused: Refused) => void) {
    this.log = log;
    this.events = events;
    this.onRefused = onRefused;
    this.received = new RepeatedLog(log, 'info');
    this.unsent = new RepeatedLog(log, 'error');
    this.overruns = new RepeatedLog(log, 'info');
  }

  /** `at`: when the router decided. */
  report(effect: Reported, at: Instant): void {
    switch (effect.kind) {
      case 'state': {
        const { instance, from, to, reason, detail, priority } = effect;
        this.events.write('state', { instance, state: to, reason, detail, priority }, at);
        this.log[to === 'FAULT' ? 'error' : 'info'](`${instance}: ${from} -> ${to}: ${detail}`);
        return;
      }
      case 'priority': {
        const { instance, priority, detail } = effect;
        this.events.write('priority', { instance, priority }, at);
        this.log.info(`${instance}: priority ${priority}: ${detail}`);
        return;
      }
      case 'script':
        this.events.write('script', { script: effect.name, up: effect.up }, at);
        this.log.info(`script ${effect.name} ${effect.up ? 'succeeds' : 'fails'}`);
        return;
      case 'stalled':
        this.log.error(`${effect.instance}: did not run for ${formatMicros(effect.late)}`);
        return;
      default:
        this.count(effect);
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

  private count(effect: Extract<Reported, { kind: 'received' }>): void {
    const { instance, outcome, source, differs } = effect;
    if (outcome === 'accepted') {
      this.totals.accepted++;
      if (differs === undefined) return;
      const what = `has another ${DIFFERENCE[differs]} than ours`;
      this.received.report(`${instance}: who ${what}`, source, `${instance}: ${source} ${what}`);
      return;
    }
    const { refused } = this.totals;
    refused[outcome] = (refused[outcome] ?? 0) + 1;
    const counter = counterOf(outcome);
    const why = `${outcome} (${counter})`;
    const text = `a packet from ${source} was refused: ${why}`;
    if (!this.received.report(`packets refused: ${why}`, source, text)) return;
    this.events.write('refused', { instance, check: outcome, counter, source });
    this.onRefused({ instance, check: outcome, source });
  }

  close(): void {
    this.received.close();
    this.events.write('received', this.totals);
    this.unsent.close();
    this.overruns.close();
  }
}
