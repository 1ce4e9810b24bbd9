/** Counts what was received, and tells of the first refused packet of each kind and source. */
import type { Refused } from '../engine/snmp/traps.ts';
import type { VrrpEffect } from '../engine/vrrp/io.ts';
import { monotonicNow } from '../linux/clock.ts';
import { counterOf } from '../net/local-checks.ts';
import type { EventWriter } from './event-line.ts';
import type { Log } from './log.ts';

/** A flood of forged sources must not fill the memory. */
const MAX_KNOWN = 1_000;

const DIFFERENCE = { interval: 'advert_int', addresses: 'list of addresses' } as const;

type ReceivedEffect = Extract<VrrpEffect, { kind: 'received' }>;

export class Received {
  private readonly events: EventWriter;
  private readonly log: Log;
  private readonly tell: (refused: Refused) => void;
  private accepted = 0;
  private readonly refused: Record<string, number> = {};
  private readonly known = new Set<string>();

  constructor(events: EventWriter, log: Log, tell: (refused: Refused) => void) {
    this.events = events;
    this.log = log;
    this.tell = tell;
  }

  totals(): { accepted: number; refused: Readonly<Record<string, number>> } {
    return { accepted: this.accepted, refused: this.refused };
  }

  count({ instance, outcome, source, differs }: ReceivedEffect): void {
    if (outcome === 'accepted') {
      this.accepted++;
      if (differs !== undefined && this.first(`${instance} differs ${differs} ${source}`))
        this.log.info(`${instance}: ${source} has another ${DIFFERENCE[differs]} than ours`);
      return;
    }
    this.refused[outcome] = (this.refused[outcome] ?? 0) + 1;
    if (!this.first(`${outcome} ${source}`)) return;
    this.events.write({
      kind: 'refused',
      at: monotonicNow(),
      instance,
      check: outcome,
      counter: counterOf(outcome),
      source,
    });
    this.tell({ instance, check: outcome, source });
    this.log.info(`a packet from ${source} was refused: ${outcome} (${counterOf(outcome)})`);
  }

  private first(key: string): boolean {
    if (this.known.has(key) || this.known.size >= MAX_KNOWN) return false;
    this.known.add(key);
    return true;
  }

  close(): void {
    this.events.write({
      kind: 'received',
      at: monotonicNow(),
      accepted: this.accepted,
      refused: this.refused,
    });
  }
}
