/**
 * Counter-based draws for the hot path: a pure function of seed, stream, entity and counter, so that a draw added
 * in one place does not shift others, and a quiet period may be skipped without drawing. The
 * numbers are part of every replay: a change of this file needs a new `SIMULATION_SCHEMA`.
 */

/** One stream for each kind of draw. */
export const STREAM = {
  delay: 1,
  loss: 2,
  burst: 3,
  duplicate: 4,
  reorder: 5,
  lateness: 6,
  announcement: 7,
} as const;

/** Uniform in [0, 1). `a` and `b` name the entity and the draw; any safe integers. */
export function draw(seed: number, stream: number, a: number, b: number): number {
  let x = Math.imul(seed ^ Math.imul(stream, 0x9e3779b1), 0x85ebca6b);
  x = mixed(x ^ Math.imul(a + 0x165667b1, 0xc2b2ae35));
  x = mixed(x ^ Math.imul(b % 0x1_0000_0000, 0x27d4eb2f));
  x = mixed(x ^ Math.floor(b / 0x1_0000_0000));
  return (x >>> 0) / 0x1_0000_0000;
}

/** The murmur3 finaliser. */
function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
