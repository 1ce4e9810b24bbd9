import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { stepRouter } from '../../../src/engine/vrrp/router.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
} from '../../../src/engine/vrrp/router-state.ts';
import { compareIp, ip } from '../../../src/net/address.ts';
import { centiseconds, type Instant, instant } from '../../../src/time.ts';
import { BASE, configOf } from '../../support/engine.ts';
import { cases } from '../../support/nightly.ts';

interface Member {
  readonly config: VrrpInstanceConfig;
  readonly source: ReturnType<typeof ip>;
  readonly router: RouterState;
  /** Installed virtual addresses, as an observer sees them. */
  holds: boolean;
}

const DELAY = 50;

/** Fully connected routers, real packets, a constant delay; starts at `starts`, runs to `end`. */
function run(
  configs: readonly VrrpInstanceConfig[],
  starts: readonly number[],
  end: number,
): Member[] {
  const members = configs.map(
    (config, i): Member => ({
      config,
      source: ip(`10.0.0.${i + 1}`),
      router: createRouter(configOf(config)),
      holds: false,
    }),
  );
  const mail: { at: number; to: Member; deliver: (now: Instant) => void }[] = [];
  const step = (member: Member, input: Parameters<typeof stepRouter>[1], now: Instant): void =>
    stepRouter(member.router, input, now, (effect) => {
      if (effect.kind === 'install') member.holds = true;
      if (effect.kind === 'withdraw') member.holds = false;
      if (effect.kind === 'send') {
        for (const to of members) {
          if (to === member) continue;
          const packet = {
            kind: 'packet',
            interface: 'lan',
            family: 4,
            source: member.source,
            destination: effect.destination,
            ttl: 255,
            message: effect.message,
          } as const;
          mail.push({ at: now + DELAY, to, deliver: (at) => step(to, packet, at) });
        }
      }
      return true;
    });
  for (const [i, member] of members.entries()) {
    const at = starts[i] ?? 0;
    mail.push({
      at,
      to: member,
      deliver: (now) => {
        step(
          member,
          {
            kind: 'interface',
            status: { name: 'lan', up: true, primary4: member.source, primary6: undefined },
          },
          now,
        );
        step(member, { kind: 'startup' }, now);
      },
    });
  }
  for (;;) {
    const nextMail = mail.reduce<(typeof mail)[0] | undefined>(
      (least, candidate) => (least === undefined || candidate.at < least.at ? candidate : least),
      undefined,
    );
    const wakes = members.map(
      (member) => nextRouterDeadline(member.router) ?? Number.POSITIVE_INFINITY,
    );
    const nextWake = Math.min(...wakes);
    const at = Math.min(nextMail?.at ?? Number.POSITIVE_INFINITY, nextWake);
    if (at > end) return members;
    if (nextMail !== undefined && nextMail.at <= nextWake) {
      mail.splice(mail.indexOf(nextMail), 1);
      nextMail.deliver(instant(at));
    } else {
      const member = members[wakes.indexOf(nextWake)];
      if (member !== undefined) step(member, { kind: 'wake' }, instant(at));
    }
  }
}

const config: fc.Arbitrary<VrrpInstanceConfig> = fc
  .record({
    priority: fc.integer({ min: 1, max: 254 }),
    preempt: fc.boolean(),
    advertInterval: fc.integer({ min: 1, max: 200 }).map(centiseconds),
  })
  .map((change) => ({ ...BASE, ...change }));

const cluster = fc.array(fc.tuple(config, fc.integer({ min: 0, max: 3_000_000 })), {
  minLength: 2,
  maxLength: 5,
});

/** Longest possible Active_Down_Interval of a member, plus one interval and the delays. */
function settled(configs: readonly VrrpInstanceConfig[], starts: readonly number[]): number {
  const interval = Math.max(...configs.map(({ advertInterval }) => advertInterval));
  const down = Math.max(
    ...configs.map(({ priority }) => 3 * interval + ((256 - priority) * interval) / 256),
  );
  return Math.max(...starts) + down + interval + 10 * DELAY;
}

describe('a fully connected cluster', () => {
  it('has exactly one owner after every timer could have expired (simulation: S5, L1)', () => {
    fc.assert(
      fc.property(cluster, (pairs) => {
        const configs = pairs.map(([instance]) => instance);
        const starts = pairs.map(([, at]) => at);
        const members = run(configs, starts, settled(configs, starts));
        expect(members.filter(({ holds }) => holds)).toHaveLength(1);
      }),
      { numRuns: cases(200, 5_000) },
    );
  });

  it('is stable: a router that preempts is never held back by a lower Active, and no Active hears a higher one', () => {
    fc.assert(
      fc.property(cluster, (pairs) => {
        const configs = pairs.map(([instance]) => instance);
        const starts = pairs.map(([, at]) => at);
        const members = run(configs, starts, settled(configs, starts));
        const actives = members.filter(({ holds }) => holds);
        for (const member of members) {
          const audible = actives.filter((active) => active !== member);
          if (member.holds) {
            expect(
              audible.some(
                (active) =>
                  active.config.priority - member.config.priority ||
                  compareIp(active.source, member.source) > 0,
              ),
            ).toBe(false);
          } else {
            expect(
              audible.some(
                (active) =>
                  active.config.priority >= member.config.priority || !member.config.preempt,
              ),
            ).toBe(true);
          }
        }
      }),
      { numRuns: cases(200, 5_000) },
    );
  });

  it('makes the highest priority Active if every router preempts (P1)', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 254 }), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        distinct,
        fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 5, maxLength: 5 }),
        (priorities, starts) => {
          const configs = priorities.map((priority) => ({
            ...BASE,
            priority,
            advertInterval: centiseconds(10),
          }));
          const members = run(configs, starts, settled(configs, starts));
          const owner = members.find(({ holds }) => holds);
          expect(owner?.config.priority).toBe(Math.max(...priorities));
        },
      ),
      { numRuns: cases(100, 5_000) },
    );
  });
});
