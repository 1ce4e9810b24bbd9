/**
 * The oracle: the sets of Active routers in which a virtual router may settle. Written from the rules of
 * RFC 9568 6.4.2 and 6.4.3 alone; it shares no code with the engine.
 *
 * "The highest priority is Active" is not the rule: a Backup compares priorities only, addresses decide between
 * routers that are both Active, and with a one-way path two Actives are right. A set A is stable iff
 *
 *   (a) for r in A: no s in A is heard by r and has the greater (priority, address);
 *   (b) for every r that can run and is not in A: some s in A is heard by r, with p_s >= p_r, or r does
 *       not preempt and is no owner (p_r < 255).
 */

export interface Standing {
  readonly name: string;
  /** Effective priority. */
  readonly priority: number;
  /** Address as an unsigned number. */
  readonly address: number;
  readonly preempt: boolean;
  /** Its process runs, its interface is up, nothing keeps it in FAULT. */
  readonly can: boolean;
  readonly active: boolean;
}

/** Whether adverts of `from` arrive at `to` and pass its checks. */
export type Hears = (from: number, to: number) => boolean;

/** Why the set of Active routers is not stable; undefined: it is. */
export function unstable(
  routers: readonly Standing[],
  hears: Hears,
): { readonly router: number; readonly because: string } | undefined {
  for (let r = 0; r < routers.length; r++) {
    const self = routers[r] as Standing;
    if (self.active) {
      const better = betterActive(routers, hears, r);
      if (better !== undefined)
        return {
          router: r,
          because: `${self.name} is Active and hears the better Active ${better.name}`,
        };
    } else if (self.can && !isHeldBack(routers, hears, r)) {
      return {
        router: r,
        because: `${self.name} is not Active and hears nobody who would hold it back`,
      };
    }
  }
  return undefined;
}

function betterActive(routers: readonly Standing[], hears: Hears, r: number): Standing | undefined {
  const self = routers[r] as Standing;
  return routers.find(
    (other, s) => s !== r && other.active && hears(s, r) && outranks(other, self),
  );
}

function isHeldBack(routers: readonly Standing[], hears: Hears, r: number): boolean {
  const self = routers[r] as Standing;
  const stays = !self.preempt && self.priority < 255;
  return routers.some(
    (other, s) =>
      s !== r && other.active && hears(s, r) && (other.priority >= self.priority || stays),
  );
}

type Rank = Pick<Standing, 'priority' | 'address'>;

/** By priority, then by address, as unsigned numbers. */
export function outranks(a: Rank, b: Rank): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.address > b.address);
}
