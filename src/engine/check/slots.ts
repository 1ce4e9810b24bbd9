/** Weighted round robin: a fixed order in which each server appears in proportion to its weight. */

/** Upper limit; more slots would not improve the split noticeably. */
const MOST_SLOTS = 1_024;

/** Smooth weighted round robin, so that even short runs are fair; a server with weight 0 has no slot. */
export function slotsOf<T extends { readonly weight: number }>(servers: readonly T[]): T[] {
  const alive = servers.filter(({ weight }) => weight > 0);
  const divisor = alive.reduce((sum, { weight }) => gcd(sum, weight), 0);
  const total = alive.reduce((sum, { weight }) => sum + weight / Math.max(1, divisor), 0);
  const scale = Math.min(1, MOST_SLOTS / Math.max(1, total));
  const shares = alive.map(({ weight }) => Math.max(1, Math.round((weight / divisor) * scale)));
  const slots = shares.reduce((sum, share) => sum + share, 0);
  const credit = shares.map(() => 0);
  return Array.from({ length: slots }, () => {
    let best = 0;
    for (const [i, share] of shares.entries()) {
      credit[i] = (credit[i] ?? 0) + share;
      if ((credit[i] ?? 0) > (credit[best] ?? 0)) best = i;
    }
    credit[best] = (credit[best] ?? 0) - slots;
    return alive[best];
  }).filter((slot) => slot !== undefined);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
