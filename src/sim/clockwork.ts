/**
 * The properties of the daemon that a simulated router stands for, beyond any configuration: how late its timers
 * fire, and where its rules differ from halab's engine. The profiles are those of the exact simulator.
 */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { Emit, VrrpInput } from '../engine/vrrp/io.ts';
import { stepRouter } from '../engine/vrrp/router.ts';
import { nextRouterDeadline, type RouterState } from '../engine/vrrp/router-state.ts';
import type { ProfileName } from '../observe/election.ts';
import type { Random } from '../random.ts';
import { type Instant, micros, plus } from '../time.ts';
import { calibratedLateness } from './election/lateness.ts';
import { downTimers, RULES, roundDown } from './election/profile.ts';

export type Clockwork = ReturnType<typeof newClockwork>;

export function newClockwork(profile: ProfileName, random: Random) {
  const { answersLosers, grain, anyPacketRestartsAdvert } = RULES[profile];
  return {
    /** The same configuration, as this daemon understands it. */
    configured: (config: DaemonConfig): DaemonConfig => {
      if (answersLosers) return config;
      const silent = { lowerPrioNoAdvert: true };
      return { ...config, instances: config.instances.map((own) => ({ ...own, ...silent })) };
    },
    step: (engine: RouterState, input: VrrpInput, now: Instant, emit: Emit): void => {
      if (anyPacketRestartsAdvert && input.kind === 'packet') restartAdvert(engine, input, now);
      const before = downTimers(engine.instances, grain);
      stepRouter(engine, input, now, emit);
      roundDown(engine.instances, grain, before);
    },
    /** When its timer really fires; undefined: never. */
    dueAt: (engine: RouterState): Instant | undefined => {
      const deadline = nextRouterDeadline(engine);
      if (deadline === undefined) return undefined;
      const late = calibratedLateness(profile, engine.instances, deadline, random.next());
      return plus(deadline, micros(late));
    },
  };
}

/** Whatever a packet for its VRID contains: the VRID is the second byte in every version. */
function restartAdvert(
  { instances }: RouterState,
  packet: Extract<VrrpInput, { kind: 'packet' }>,
  now: Instant,
): void {
  for (const { config, deadlines } of instances) {
    const concerned = config.interface === packet.interface && config.vrid === packet.message[1];
    if (concerned && config.family === packet.family && deadlines.advert !== undefined)
      deadlines.advert = plus(now, config.advertInterval);
  }
}
