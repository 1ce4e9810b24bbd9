/** All invariants, in the order of their names. */

import { S3, S9 } from './adverts.ts';
import { L1, L8, P1, P2, P4, S4, S5 } from './agreement.ts';
import { S2, T1 } from './down-interval.ts';
import { S6 } from './dual.ts';
import type { Invariant } from './monitor.ts';
import { S1 } from './role-edges.ts';

export const INVARIANTS: readonly Invariant[] = [
  S1,
  S2,
  S3,
  S4,
  S5,
  S6,
  S9,
  T1,
  L1,
  L8,
  P1,
  P2,
  P4,
];
