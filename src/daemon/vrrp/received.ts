/** Counts received packets, and reports refused ones by reason and sender. */
import type { Refused } from '../../engine/snmp/traps.ts';
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { counterOf } from '../../net/local-checks.ts';
import type { Log } from '../log.ts';
import { RepeatedLog } from '../repeated-log.ts';
import type { EventWriter } from '../status/event-line.ts';

const DIFFERENCE = { interval: 'advert_int', addresses: 'list of addresses' } as const;

type ReceivedEffect = Extract<VrrpEffect, { kind: 'received' }>;

export class Received {
  private readonly events: EventWriter;
  private readonly log: RepeatedLog;
  private readonly onRefused: (refused: Refused) => void;
  private accepted = 0;
  private readonly refused: Record<string, number> = {};

  constructor(events: EventWriter, log: Log, onRefused: (refused: Refused) => void) {
    this.events = events;
    this.log = new RepeatedLog(log, 'info');
    this.onRefused = onRefused;
  }

  totals(): { accepted: number; refused: Readonly<Record<string, number>> } {
    return { accepted: this.accepted, refused: this.refused };
  }

  count({ instance, outcome, source, differs }: ReceivedEffect): void {
    if (outcome === 'accepted') {
      this.accepted++;
      if (differs === undefined) return;
      const what = `has another ${DIFFERENCE[differs]} than ours`;
      this.log.report(`${instance}: who ${what}`, source, `${instance}: ${source} ${what}`);
      return;
    }
    this.refused[outcome] = (this.refused[outcome] ?? 0) + 1;
    const why = `${outcome} (${counterOf(outcome)})`;
    const text = `a packet from ${source} was refused: ${why}`;
    if (!this.log.report(`packets refused: ${why}`, source, text)) return;
    this.events.write({
      kind: 'refused',
      at: monotonicNow(),
      instance,
      check: outcome,
      counter: counterOf(outcome),
      source,
    });
    this.onRefused({ instance, check: outcome, source });
  }

  close(): void {
    this.log.close();
    this.events.write({
      kind: 'received',
      at: monotonicNow(),
      accepted: this.accepted,
      refused: this.refused,
    });
  }
}
