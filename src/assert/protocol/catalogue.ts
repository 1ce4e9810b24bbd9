/** All invariants, in the order of their names. */

import { H3, H4, H10 } from './health/checks.ts';
import { H7, H9, H11 } from './health/failover.ts';
import { H1, H2 } from './health/verdict-time.ts';
import { H5, H6, H8 } from './health/weights.ts';
import { L1, L8 } from './liveness/heals.ts';
import { L2, L3, L4, L5, L6, L7 } from './liveness/liveness.ts';
import type { Invariant } from './monitor.ts';
import { S3, S9 } from './safety/adverts.ts';
import { S4, S5 } from './safety/agreement.ts';
import { S8 } from './safety/data-plane.ts';
import { S2 } from './safety/down-interval.ts';
import { S6 } from './safety/dual.ts';
import { S12 } from './safety/first-advert.ts';
import { S10, S11 } from './safety/hostile.ts';
import { P3 } from './safety/nopreempt.ts';
import { S7 } from './safety/presence.ts';
import { P1, P2, P4 } from './safety/priority.ts';
import { S1 } from './safety/role-edges.ts';
import { T2 } from './stability/losses.ts';
import { T1 } from './stability/no-cause.ts';
import { T3, T4, T5 } from './stability/oscillation.ts';
import { T6 } from './stability/wall-clock.ts';

const SAFETY = [S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12];
const STABILITY = [T1, T2, T3, T4, T5, T6];
const LIVENESS = [L1, L2, L3, L4, L5, L6, L7, L8];
const PRIORITY = [P1, P2, P3, P4];
const HEALTH = [H1, H2, H3, H4, H5, H6, H7, H8, H9, H10, H11];

export const INVARIANTS: readonly Invariant[] = [
  ...SAFETY,
  ...STABILITY,
  ...LIVENESS,
  ...PRIORITY,
  ...HEALTH,
];
