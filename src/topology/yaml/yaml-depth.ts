/**
 * Whether a YAML text nests too deep for a recursive parser: near the end of the stack V8 may abort the process. Looks at
 * the text only, so it may count brackets inside strings, too.
 */

/** More than any file needs, and far from the limit of the stack. */
const DEEPEST = 200;

export function nestsTooDeep(text: string): boolean {
  return flowDepth(text) > DEEPEST || blockDepth(text) > DEEPEST;
}

/** Brackets that are open at once: `[[{`. */
function flowDepth(text: string): number {
  let open = 0;
  let most = 0;
  for (const char of text) {
    if (char === '[' || char === '{') open++;
    else if ((char === ']' || char === '}') && open > 0) open--;
    most = Math.max(most, open);
  }
  return most;
}

/** Columns at which nested blocks begin: `- - a:`. */
function blockDepth(text: string): number {
  const columns: number[] = [];
  let most = 0;
  for (const line of text.split(/[\r\n]+/)) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (indent === line.length) continue;
    while ((columns.at(-1) ?? -1) >= indent) columns.pop();
    columns.push(indent);
    // The `y` flag: each indicator directly behind its predecessor.
    const indicator = /[-?:][ \t]+/y;
    for (indicator.lastIndex = indent; indicator.test(line); ) columns.push(indicator.lastIndex);
    most = Math.max(most, columns.length);
  }
  return most;
}
