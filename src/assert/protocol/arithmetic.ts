/**
 * The arithmetic of VRRP that the invariants use: how long a timer and a cluster may take. Written from the RFCs and
 * from the implementations; it shares no code with the engine.
 *
 * Lengths are real-valued microseconds of the router's own clock by default; `least` and `most`
 * turn them into bounds on the true time. p: effective priority; AI: own Advertisement_Interval; AAI: the
 * learnt one; K: intervals in the down interval [3]; J: the spread of the delay; g: the lateness of timers;
 * rho: the error of the clocks' rate.
 */
import type { ElectionFacts, ProfileName, RouterFacts } from '../../observe/election.ts';

/** Clocks and timers count whole microseconds, and each of the two rounds once (us). */
const GRAIN = 2;
/** FRR keeps its timers in centiseconds (us). */
const CENTISECOND = 10_000;
const SECOND = 1_000_000;

/** Version 2 learns no interval, and refuses adverts with a different one. */
export function isVersion2(profile: ProfileName): boolean {
  return profile === 'rfc3768';
}

/** RFC 9568 6.4.3: a losing advert is answered at once. The others discard it in silence. */
export function answersLosers(profile: ProfileName): boolean {
  return profile === 'rfc9568' || profile === 'keepalived';
}

/** Whether an owner reads adverts: by RFC 3768 and 5798 it discards them. */
export function ownerListens(profile: ProfileName): boolean {
  return profile !== 'rfc3768' && profile !== 'rfc5798';
}

/**
 * Skew_Time. Version 3: (256 - p) * AAI / 256 (RFC 9568 6.1); version 2: (256 - p) / 256 s (RFC 3768 6.1).
 * RFC 5798 forgot to renew it when an interval is learnt; FRR rounds it down to centiseconds.
 */
export function skew(profile: ProfileName, priority: number, own: number, learnt: number): number {
  switch (profile) {
    case 'rfc3768':
      return ((256 - priority) * SECOND) / 256;
    case 'rfc5798':
      return ((256 - priority) * own) / 256;
    case 'frr':
      return Math.floor(((256 - priority) * learnt) / 256 / CENTISECOND) * CENTISECOND;
    default:
      return ((256 - priority) * learnt) / 256;
  }
}

/** M = K * AAI + Skew_Time; version 2: K * AI + Skew_Time. */
export function down(
  { profile, downAdverts }: Pick<ElectionFacts, 'profile' | 'downAdverts'>,
  priority: number,
  own: number,
  learnt: number,
): number {
  const interval = isVersion2(profile) ? own : learnt;
  return downAdverts * interval + skew(profile, priority, own, learnt);
}

/** The true time that an own-clock length takes at least: x / (1 + rho). */
export function least({ rateError }: Pick<ElectionFacts, 'rateError'>, length: number): number {
  return length / (1 + rateError) - GRAIN;
}

/** The true time that it takes at most: x / (1 - rho). */
export function most({ rateError }: Pick<ElectionFacts, 'rateError'>, length: number): number {
  return length / (1 - rateError) + GRAIN;
}

/** J = D+ - D-. */
export function jitter({ delayLeast, delayMost }: ElectionFacts): number {
  return delayMost - delayLeast;
}

/**
 * Whether the skews of all pairs are apart by more than J + D+ + g + 2 rho M (T3), for adverts at `interval`: so much
 * later the advert of the first must have reached the second, on any path.
 */
export function spaced(
  facts: ElectionFacts,
  routers: readonly RouterFacts[],
  priorities: ArrayLike<number>,
  interval: number,
): boolean {
  const longest = down(facts, 1, interval, interval);
  const underWay = jitter(facts) + facts.delayMost + facts.lateness;
  const needed = underWay + 2 * facts.rateError * longest + 2 * GRAIN;
  const skews = routers.map((one, i) =>
    skew(facts.profile, priorities[i] ?? one.priority, one.interval, interval),
  );
  skews.sort((a, b) => a - b);
  return skews.every((skew, i) => i === 0 || skew - (skews[i - 1] ?? 0) > needed);
}

export function equalIntervals(routers: readonly RouterFacts[]): boolean {
  const [first] = routers;
  return routers.every(({ interval }) => interval === first?.interval);
}

/**
 * L1: T_stab = max_r M_r(AI*) + AI* + 2 D+ + 2 g, in true time: after this long in quiet surroundings the
 * virtual router is at rest, from any state. If not all hear each other: depth * (max_r M_r(AI*) + D+
 * + g) + AI* + D+ + g with the number of routers that come to be Active one after the other. A preempt_delay adds itself and an
 * interval; a sync group waits for its last member, at worst a whole round longer.
 */
export function stabilisation(
  facts: ElectionFacts,
  routers: readonly RouterFacts[],
  priorities: ArrayLike<number>,
  { interval, depth }: { readonly interval: number; readonly depth: number },
): number {
  let wait = 0;
  let delayed = 0;
  for (let r = 0; r < routers.length; r++) {
    const { interval: own, preemptDelay, priority } = routers[r] as RouterFacts;
    const one = down(facts, priorities[r] ?? priority, Math.max(own, 0), interval);
    if (one > wait) wait = one;
    if (preemptDelay > delayed) delayed = preemptDelay;
  }
  const once = most(facts, wait) + facts.delayMost + facts.lateness;
  const extra = delayed > 0 ? most(facts, delayed + interval) : 0;
  const last = most(facts, interval) + facts.delayMost + facts.lateness;
  return (Math.max(1, depth) * once + last + extra) * (facts.virtuals > 1 ? 2 : 1);
}

/**
 * T1: losses in a row that a Backup survives: the largest k with
 * (k + 1) AI + J + g + 2 rho (k + 1) AI < M_b. Negative: not even a quiet network is safe.
 */
export function toleratedLosses(facts: ElectionFacts, interval: number, wait: number): number {
  const each = interval * (1 + 2 * facts.rateError);
  const room = wait - jitter(facts) - facts.lateness - 2 * GRAIN;
  return Math.ceil(room / each) - 2;
}

/** Whether network and timers are so precise that no router takes over without a cause (T1 with k = 0). */
export function isFine(
  facts: ElectionFacts,
  routers: readonly RouterFacts[] = facts.routers,
): boolean {
  return routers.every(
    ({ interval, priority }) =>
      toleratedLosses(facts, interval, down(facts, priority, interval, interval)) >= 0 &&
      jitter(facts) + facts.lateness < interval,
  );
}
