/** Where effects go, at once and in order. */
import type { VrrpEffect } from './io.ts';

/** Does one effect. `false`: it could not be done; only a failed `send` matters to the machine. */
export type Emit = (effect: VrrpEffect) => boolean;
