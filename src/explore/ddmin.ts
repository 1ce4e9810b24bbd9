/**
 * Zeller's ddmin: a subset of `items` for which `fails` still answers true and from which no single item can be
 * taken. Order is kept. `fails(items)` must be true.
 */
export function ddmin<T>(items: readonly T[], fails: (subset: readonly T[]) => boolean): T[] {
  let current = [...items];
  let parts = 2;
  while (current.length > 0) {
    const size = Math.ceil(current.length / parts);
    const smaller = withoutOnePart(current, size, fails);
    if (smaller !== undefined) {
      current = smaller;
      parts = Math.max(parts - 1, 2);
    } else if (size === 1) break;
    else parts = Math.min(parts * 2, current.length);
  }
  return current;
}

function withoutOnePart<T>(
  items: readonly T[],
  size: number,
  fails: (subset: readonly T[]) => boolean,
): T[] | undefined {
  for (let start = 0; start < items.length; start += size) {
    const rest = [...items.slice(0, start), ...items.slice(start + size)];
    if (fails(rest)) return rest;
  }
  return undefined;
}
