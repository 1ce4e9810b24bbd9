/**
 * The ways one tick may go for one router: each advert on its way to it arrives, waits or is lost; simultaneous events
 * occur in every order; the process may be killed, stopped or started first.
 *
 * An inbox is a number: for each other router (in order) and each age of an advert two bits, 0 nothing, 1 an
 * advert, 2 a resignation. Age 0 was sent in the tick before.
 */
import { type Budgets, packBudgets } from './budget.ts';
import type { DelaySpec } from './cluster.ts';

/** An event at a router. */
export type Deed =
  | Stimulus
  | { readonly kind: 'crash' }
  | { readonly kind: 'late' }
  | (Omit<Delivery, 'kind'> & { readonly kind: 'misses' });

/** An event that the engine of a router handles. */
export type Stimulus = { readonly kind: 'start' | 'stop' | 'timer' } | Delivery;

export interface Delivery {
  readonly kind: 'hears';
  readonly from: number;
  /** Ticks on the way beyond the first. */
  readonly age: number;
  /** A resignation. */
  readonly zero: boolean;
}

/** A router at the beginning of a tick. */
export interface Turn {
  readonly router: number;
  readonly inbox: number;
  readonly up: boolean;
  /** A deadline has come. */
  readonly due: boolean;
}

export interface WaysRules {
  readonly routers: number;
  readonly delay: DelaySpec;
  readonly budgets: Budgets;
}

export interface Way {
  /** In order. */
  readonly deeds: readonly Deed[];
  /** The inbox it leaves for the next tick. */
  readonly held: number;
  /** Of the budgets. */
  readonly cost: number;
}

const COST = {
  loss: packBudgets({ losses: 1 }),
  crash: packBudgets({ crashes: 1 }),
  stop: packBudgets({ stops: 1 }),
  restart: packBudgets({ restarts: 1 }),
  late: packBudgets({ jitter: 1 }),
};

/** The position in the inbox of `router` of an advert that `from` sends now. */
export function inboxShift(router: number, from: number, most: number): number {
  return 2 * (from - (from > router ? 1 : 0)) * most;
}

export function waysOf(rules: WaysRules, turn: Turn): Way[] {
  const { budgets } = rules;
  const arrivals = arrivalsOf(rules, turn);
  const held = arrivals.reduce((sum, arrival) => sum | arrival.held, 0);
  const restarted = { before: [{ kind: 'start' as const }], timer: [], cost: COST.restart };
  if (!turn.up) {
    const starts = budgets.restarts > 0 ? deliver(arrivals, restarted) : [];
    return [{ deeds: [], held, cost: 0 }, ...starts];
  }
  const timer: Deed[] = turn.due ? [{ kind: 'timer' }] : [];
  const ways = deliver(arrivals, { before: [], timer, cost: 0 });
  if (turn.due && budgets.jitter > 0)
    ways.push(...deliver(arrivals, { before: [{ kind: 'late' }], timer: [], cost: COST.late }));
  if (budgets.crashes > 0) ways.push({ deeds: [{ kind: 'crash' }], held, cost: COST.crash });
  if (budgets.stops > 0) ways.push({ deeds: [{ kind: 'stop' }], held, cost: COST.stop });
  return ways;
}

interface Arrival {
  readonly delivery: Delivery;
  /** It has been on its way for long enough. */
  readonly may: boolean;
  /** Its bits in the next inbox if it waits; 0: it cannot, and arrives now or never. */
  readonly held: number;
}

/** The oldest of each sender first. */
function arrivalsOf({ routers, delay }: WaysRules, { router, inbox }: Turn): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let from = 0; from < routers; from++) {
    if (from === router) continue;
    for (let age = delay.most - 1; age >= 0; age--) {
      const shift = inboxShift(router, from, delay.most) + 2 * age;
      const kind = (inbox >>> shift) & 3;
      if (kind === 0) continue;
      const held = age === delay.most - 1 ? 0 : kind << (shift + 2);
      const may = age >= delay.least - 1;
      arrivals.push({ delivery: { kind: 'hears', from, age, zero: kind === 2 }, may, held });
    }
  }
  return arrivals;
}

interface Frame {
  readonly before: readonly Deed[];
  readonly timer: readonly Deed[];
  readonly cost: number;
}

/** Each arrival is received now, waits, or is lost in the end; losing it earlier would make no difference. */
function deliver(arrivals: readonly Arrival[], { before, timer, cost }: Frame): Way[] {
  let fates: { heard: readonly Delivery[]; missed: readonly Deed[]; held: number }[] = [
    { heard: [], missed: [], held: 0 },
  ];
  for (const { delivery, may, held } of arrivals)
    fates = fates.flatMap((fate) => {
      const heard = { ...fate, heard: [...fate.heard, delivery] };
      if (held !== 0) return [...(may ? [heard] : []), { ...fate, held: fate.held | held }];
      const missed: Deed = { ...delivery, kind: 'misses' };
      return [heard, { ...fate, missed: [...fate.missed, missed] }];
    });
  return fates.flatMap(({ heard, missed, held }) =>
    orders(heard, timer).map((order) => ({
      deeds: [...before, ...missed, ...order],
      held,
      cost: cost + missed.length * COST.loss,
    })),
  );
}

/** Every order in which the adverts of one sender keep theirs. */
function orders(heard: readonly Delivery[], timer: readonly Deed[]): Deed[][] {
  if (heard.length + timer.length === 0) return [[]];
  const first = timer.flatMap((next) => orders(heard, []).map((rest) => [next, ...rest]));
  const others = heard
    .filter((next, i) => !heard.slice(0, i).some(({ from }) => from === next.from))
    .flatMap((next) =>
      orders(
        heard.filter((other) => other !== next),
        timer,
      ).map((rest) => [next, ...rest]),
    );
  return [...first, ...others];
}
