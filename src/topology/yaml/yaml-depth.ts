/**
 * Whether a YAML text nests too deep for a parser that calls itself: near the end of its stack V8 may
 * abort the whole process. So this looks at the text alone; it may count what is inside a string, too.
 */

/** More than any file needs, and far from the end of a stack. */
const DEEPEST = 200;

export function nestsTooDeep(text: string): boolean {
  return flowDepth(text) > DEEPEST || blockDepth(text) > DEEPEST;
}

/** `[[{`: how many are open at once. */
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

/** Columns at which something begins that the next line may stand inside: `- - a:`. */
function blockDepth(text: string): number {
  const columns: number[] = [];
  let most = 0;
  for (const line of text.split(/[\r\n]+/)) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (indent === line.length) continue;
    while ((columns.at(-1) ?? -1) >= indent) columns.pop();
    columns.push(indent);
    // The `y` flag: each indicator right behind the one before it.
    const indicator = /[-?:][ \t]+/y;
    for (indicator.lastIndex = indent; indicator.test(line); ) columns.push(indicator.lastIndex);
    most = Math.max(most, columns.length);
  }
  return most;
}
