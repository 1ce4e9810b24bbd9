/** All invariants, in the order of their names. */
import { S3, S9 } from './adverts.ts';
import { L1, L8, P1, P2, P4, S4, S5 } from './agreement.ts';
import { H1, H2, H3, H4, H10 } from './checks.ts';
import { S8 } from './data-plane.ts';
import { S2, T1 } from './down-interval.ts';
import { S6 } from './dual.ts';
import { H7, H9, H11 } from './failover.ts';
import { S12 } from './first-advert.ts';
import { S10, S11, T6 } from './hostile.ts';
import { L2, L3, L4, L5, L6, L7 } from './liveness.ts';
import { T2 } from './losses.ts';
import type { Invariant } from './monitor.ts';
import { P3 } from './nopreempt.ts';
import { T3, T4, T5 } from './oscillation.ts';
import { S7 } from './presence.ts';
import { S1 } from './role-edges.ts';
import { H5, H6, H8 } from './weights.ts';

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
