/** Reads the options of `halab check` into the cluster that is explored; refuses impossible ones with a remedy. */
import type { VrrpProfile } from '../../engine/core/config.ts';
import { EXIT, HalabError } from '../../errors.ts';
import { formatMicros, micros, seconds } from '../../time.ts';
import { parseDuration } from '../../topology/yaml/scalars.ts';
import { type Budgets, MOST_BUDGET } from './budget.ts';
import type { ClusterSpec, DelaySpec, MemberSpec } from './cluster.ts';
import { skew } from './rules.ts';

export const FEWEST_ROUTERS = 2;
export const MOST_ROUTERS = 5;

export interface CheckFlags {
  readonly profile: VrrpProfile;
  /** 2..5. */
  readonly routers: number;
  /** Of a second; undefined: enough for the default priorities. */
  readonly ticks: number | undefined;
  /** One each; undefined: evenly spaced. */
  readonly priorities: readonly number[] | undefined;
  /** One each: ticks, or a length of time; undefined: a second. */
  readonly intervals: readonly string[] | undefined;
  /** From 1. */
  readonly nopreempt: readonly number[];
  readonly delay: DelaySpec;
  readonly budgets: Budgets;
}

export function specOf(flags: CheckFlags): ClusterSpec {
  const { routers, profile, delay, budgets } = flags;
  const perSecond = flags.ticks ?? (routers <= 3 ? 4 : 8);
  const tick = seconds(1) / perSecond;
  if (!Number.isInteger(tick))
    refuse(`a second has no ${perSecond} ticks of whole microseconds`, 'use 1, 2, 4, 8, 16 or 32');
  const step = routers <= 3 ? 64 : 32;
  const priorities =
    flags.priorities ?? Array.from({ length: routers }, (_, i) => 256 - step * (i + 1));
  const intervals = (flags.intervals ?? priorities.map(() => String(perSecond))).map((text) =>
    ticksOf(text, tick),
  );
  oneEach('--priorities', priorities, routers);
  oneEach('--intervals', intervals, routers);
  for (const number of flags.nopreempt)
    if (number < 1 || number > routers)
      refuse(`there is no router ${number} to take --nopreempt`, `they are 1 to ${routers}`);
  const members = priorities.map(
    (priority, i): MemberSpec => ({
      priority,
      interval: intervals[i] ?? perSecond,
      preempt: !flags.nopreempt.includes(i + 1),
    }),
  );
  const spec: ClusterSpec = { profile, routers: members, tick: micros(tick), delay, budgets };
  checkNetwork(spec);
  checkTimers(spec);
  return spec;
}

function oneEach(flag: string, list: readonly unknown[], routers: number): void {
  if (list.length !== routers)
    refuse(`${flag} names ${list.length} values for ${routers} routers`, 'give one for each');
}

function ticksOf(text: string, tick: number): number {
  const length = /^\d+$/.test(text) ? Number(text) * tick : parseDuration(text);
  if (length === undefined || length <= 0)
    refuse(`"${text}" is no interval`, 'write ticks (4) or a length of time (500ms)');
  const ticks = length / tick;
  if (!Number.isInteger(ticks))
    refuse(
      `an interval of ${text} is ${ticks.toFixed(2)} ticks of ${formatMicros(micros(tick))}`,
      'choose --ticks so that every interval is a whole number of them',
    );
  return ticks;
}

/** Two bits for each advert on its way make the inbox of 16 bits. */
function checkNetwork({ routers, delay, budgets, ...rest }: ClusterSpec): void {
  const most = Math.floor(8 / (routers.length - 1));
  if (delay.least > delay.most)
    refuse(`a delay of ${delay.least}..${delay.most} ticks is none`, 'write --delay least..most');
  if (delay.most > most)
    refuse(
      `with ${routers.length} routers an advert may take at most ${most} ticks, not ${delay.most}`,
      'use fewer routers or a shorter --delay',
    );
  const shortest = Math.min(...routers.map(({ interval }) => interval));
  if (budgets.jitter > Math.min(MOST_BUDGET, shortest))
    refuse(
      `timers may be at most an interval late, ${shortest} ticks, not ${budgets.jitter}`,
      `use --jitter ${shortest} or less; a router that sleeps longer knows that it did`,
    );
  if (routers.filter(({ priority }) => priority === 255).length > 1)
    refuse(`${rest.profile}: only one router owns the addresses`, 'use priority 255 once');
}

function checkTimers({ profile, routers, tick }: ClusterSpec): void {
  const [grain, most, unit] =
    profile === 'rfc3768' ? [1_000_000, 255, 'whole seconds'] : [10_000, 4_095, 'whole 10 ms'];
  for (const { interval } of routers) {
    const units = (interval * tick) / grain;
    if (!Number.isInteger(units) || units > most)
      refuse(
        `${profile} cannot announce an interval of ${formatMicros(micros(interval * tick))}`,
        `its adverts carry ${unit}, at most ${most} of them`,
      );
  }
  // A Backup may learn any of the intervals.
  const learnt = [...new Set(routers.map(({ interval }) => interval * tick))];
  for (const { priority, interval, preempt } of routers) {
    if (priority === 255) continue; // never a Backup
    const bound = { profile, priority, address: 0, interval: interval * tick, preempt };
    for (const of of learnt) {
      const ticks = skew(bound, of) / tick;
      if (Number.isInteger(ticks)) continue;
      refuse(
        `priority ${priority} has a Skew_Time of ${ticks.toFixed(2)} ticks, which is no whole number`,
        'use multiples of 256 / interval in ticks (64 with 4, 32 with 8), or other --ticks and --intervals',
      );
    }
  }
}

function refuse(message: string, hint: string): never {
  throw new HalabError({ code: 'HALAB_CHECK_OPTIONS', message, hint, exitCode: EXIT.usage });
}
