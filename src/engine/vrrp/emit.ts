/** Where effects go, at once and in order. */
import type { VrrpEffect } from './io.ts';

/** Carries out one effect. `false`: it failed; the machine only looks at the result of `send`. */
export type Emit = (effect: VrrpEffect) => boolean;
