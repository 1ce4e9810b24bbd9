/** Errors in the timers, and in the handling of foreign senders. */
import { ANY, type Mutant, PLAIN, VERSION_2 } from './mutant.ts';

const INSTANCE = 'src/engine/vrrp/instance.ts';
const TIMERS = 'src/engine/vrrp/timers.ts';
const PACKET_CHECKS = 'src/net/receive-checks.ts';

export const TIMER_MUTANTS: readonly Mutant[] = [
  {
    id: 'skew-zero',
    file: TIMERS,
    find: 'return micros(((256 - priority) * (config',
    replace: 'return micros((0 * (config',
    why: 'Skew_Time is 0: all Backups take over together.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'skew-reversed',
    file: TIMERS,
    find: 'return micros(((256 - priority) * (config',
    replace: 'return micros((priority * (config',
    why: 'The lowest priority has the shortest Skew_Time.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'down-after-two',
    file: TIMERS,
    find: 'state.config.downTimerAdverts * interval',
    replace: '2 * interval',
    why: 'Active_Down_Interval has 2 intervals.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'down-after-four',
    file: TIMERS,
    find: 'state.config.downTimerAdverts * interval',
    replace: '4 * interval',
    why: 'Active_Down_Interval has 4 intervals.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'skew-of-version-3',
    file: TIMERS,
    find: 'config.version === 2 ? 1_000_000 : interval',
    replace: 'interval',
    why: 'Version 2 computes Skew_Time from the interval instead of one second.',
    explore: VERSION_2,
    check: ['--profile', 'rfc3768', '--routers', '2', '--intervals', '8,8'],
  },
  {
    id: 'advert-timer-not-rearmed',
    file: INSTANCE,
    find: 'deadlines.advert = next > now ? next : plus(now, state.config.advertInterval);',
    replace: 'deadlines.advert = undefined;',
    why: 'An Active sends only one advert.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'adverts-at-double-interval',
    file: INSTANCE,
    find: 'const next = plus(advertAt, state.config.advertInterval);',
    replace: 'const next = plus(advertAt, micros(2 * state.config.advertInterval));',
    why: 'Adverts come at half of the advertised rate.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'wall-clock-used',
    file: INSTANCE,
    find: 'const next = plus(advertAt, state.config.advertInterval);',
    replace:
      'const next = plus(advertAt, micros(state.config.advertInterval + Math.max(0, state.context.utcOffset ?? 0)));',
    why: 'The Adver_Timer follows the wall clock: after a step of an hour no advert is sent for an hour.',
    explore: ANY,
  },
];

export const HOSTILE_MUTANTS: readonly Mutant[] = [
  {
    id: 'any-ttl-accepted',
    file: PACKET_CHECKS,
    find: 'fails: ({ ttl, unicast }) => !unicast && ttl !== VRRP_TTL,',
    replace: 'fails: () => false,',
    why: 'An advert with any TTL is accepted.',
    explore: ANY,
  },
  {
    id: 'any-checksum-accepted',
    file: PACKET_CHECKS,
    find: 'fails: ({ dialect }) => dialect === undefined,',
    replace: 'fails: () => false,',
    why: 'An advert with a wrong checksum is accepted.',
    explore: ANY,
  },
  {
    id: 'interval-zero-accepted',
    file: PACKET_CHECKS,
    find: '((byte(message, 0) >> 4 === 3 ? byte(message, 4) & 0x0f : 0) | byte(message, 5)) === 0,',
    replace: 'message.length === 0,',
    why: 'An interval of 0 is learnt: the Backup expires at once.',
    explore: ANY,
  },
  {
    id: 'other-interval-accepted',
    file: 'src/net/local-checks.ts',
    find: 'advert.version === 2 && advert.interval !== local?.interval,',
    replace: 'advert.version !== 2 && advert.version !== 3 && local === undefined,',
    why: 'Version 2 accepts an Active with another interval.',
    explore: VERSION_2,
  },
];
