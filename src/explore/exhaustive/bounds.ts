/**
 * How many ticks the cluster may need to become stable after the last fault, and which final states are right. Written
 * from the rules of the invariants (src/assert/README.md), independently of the engine.
 */
import { outranks, unstable } from '../../assert/protocol/stable.ts';
import type { Cluster } from './cluster.ts';
import { boundsOf } from './engine-run.ts';
import { downTime } from './rules.ts';

/** Two routers, the first of which must win if both are Active. */
export interface Pair {
  readonly higher: number;
  readonly lower: number;
  /** Most ticks both stay Active, if the higher one, or the lower one, became so second; and from any state. */
  readonly higherSecond: number;
  readonly lowerSecond: number;
  readonly most: number;
}

export interface Bounds {
  /**
   * L1 and S4: max_r M_r(AI*) + AI* + 2 D. AI* is the longest interval. Undefined: RFC 5798 promises
   * nothing if intervals differ, because its Active does not answer losers.
   */
  readonly stable: number | undefined;
  readonly pairs: readonly Pair[];
  /** By bit masks of the running and of the Active routers: why this is no stable state; undefined: it is one. */
  readonly unstable: (up: number, active: number) => string | undefined;
}

export function boundsFor(cluster: Cluster): Bounds {
  const { delay, tick, profile } = cluster.spec;
  const routers = boundsOf(cluster);
  const longest = Math.max(...routers.map(({ interval }) => interval));
  const mixed = profile === 'rfc5798' && routers.some(({ interval }) => interval !== longest);
  const down = Math.max(...routers.map((router) => downTime(router, longest)));
  return {
    stable: mixed ? undefined : Math.ceil((down + longest) / tick) + 2 * delay.most,
    pairs: pairsOf(cluster),
    unstable: oracle(cluster),
  };
}

/** S6, for routers that receive each other's adverts. The loser leaves at the winner's next advert. */
function pairsOf(cluster: Cluster): Pair[] {
  const { profile, delay } = cluster.spec;
  const routers = boundsOf(cluster);
  return routers.flatMap((winner, higher) =>
    routers.flatMap((loser, lower): Pair[] => {
      if (higher === lower || !outranks(winner, loser) || !accepts(cluster, higher, lower))
        return [];
      const most = (cluster.members[higher]?.spec.interval ?? 0) + delay.most;
      // RFC 9568 answers the loser's first advert at once.
      const answers = profile === 'rfc9568' && accepts(cluster, lower, higher);
      const lowerSecond = answers ? Math.min(2 * delay.most, most) : most;
      return [{ higher, lower, higherSecond: delay.most, lowerSecond, most }];
    }),
  );
}

function accepts({ accepts: table }: Cluster, from: number, to: number): boolean {
  return table[from]?.[to] === true;
}

function oracle(cluster: Cluster): Bounds['unstable'] {
  const routers = boundsOf(cluster);
  const known = new Map<number, string | undefined>();
  return (up, active) => {
    const key = (up << routers.length) | active;
    if (known.has(key)) return known.get(key);
    const standing = routers.map(({ priority, address, preempt }, i) => ({
      name: `r${i + 1}`,
      priority,
      address,
      preempt,
      can: ((up >> i) & 1) === 1,
      active: ((active >> i) & 1) === 1,
    }));
    const because = unstable(standing, (from, to) => accepts(cluster, from, to))?.because;
    known.set(key, because);
    return because;
  };
}
