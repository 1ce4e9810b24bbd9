/**
 * Zeller's ddmin: a subset of `items` for which `fails` still answers true and from which no single item can be
 * taken. Order is kept. `fails(items)` must be true.
 */
export function ddmin<T>(items: readonly T[], fails: (subset: readonly T[]) => boolean): T[] {
  let current: readonly T[] = items;
  let parts = 2;
  while (current.length > 0) {
    const size = Math.ceil(current.length / parts);
    const rests = current.flatMap((_, i) => (i % size === 0 ? [current.toSpliced(i, size)] : []));
    const smaller = rests.find((rest) => fails(rest));
    if (smaller !== undefined) {
      current = smaller;
      parts = Math.max(parts - 1, 2);
    } else if (size === 1) break;
    else parts = Math.min(parts * 2, current.length);
  }
  return [...current];
}
