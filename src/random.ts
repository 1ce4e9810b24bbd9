/**
 * The only source of randomness. Counter-based and keyed: draw number `n` of stream `label` under a
 * seed is a pure function of the three, so a draw added in one place does not shift others.
 */

/** A stream of uniform draws in [0, 1). */
export interface Random {
  next(): number;
  /** An independent stream; the same label always gives the same stream. */
  fork(label: string): Random;
}

export function random(seed: number, label = ''): Random {
  const key = hash(`${seed}/${label}`);
  let counter = 0;
  return {
    next: () => mix(key, counter++) / 0x1_0000_0000,
    fork: (child) => random(seed, `${label}/${child}`),
  };
}

/** Shuffles a copy (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], source: Random): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(source.next() * (i + 1));
    const a = copy[i] as T;
    copy[i] = copy[j] as T;
    copy[j] = a;
  }
  return copy;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/** Two rounds of the murmur3 finaliser over key and counter. */
function mix(key: number, counter: number): number {
  let x = (key ^ Math.imul(counter + 1, 0x9e3779b1)) >>> 0;
  for (let round = 0; round < 2; round++) {
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) + key;
  }
  return x >>> 0;
}
