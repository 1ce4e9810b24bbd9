/**
 * Files that match a shell pattern: `*`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`. Matching takes time in
 * proportion to name and pattern, and every pattern ends: the alternatives and the files looked
 * at are limited.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const MOST_ALTERNATIVES = 256;
/** Upper limit for one pattern, including the folders on the way. */
const MOST_PATHS = 10_000;

/** PATH_MAX: no file has a longer name. */
const LONGEST = 4_096;

/** Existing files, in the order of their names; a relative pattern starts at `folder`. */
export function glob(pattern: string, folder: string): string[] {
  let left = MOST_PATHS;
  return alternatives(pattern).flatMap((alternative) => {
    let paths = ['/'];
    for (const segment of resolve(folder, alternative).split('/').filter(Boolean)) {
      const wild = /[*?[]/.test(segment);
      const found: string[] = [];
      for (const path of paths) {
        if (left <= 0) break;
        const inside = wild ? children(path, segment) : existing(join(path, segment));
        for (const child of inside.slice(0, left)) found.push(child);
        left -= inside.length;
      }
      paths = found;
    }
    return paths;
  });
}

/** `a{b,c}d` as `abd` and `acd`, the first ones of them. */
export function alternatives(pattern: string): string[] {
  const done = new Set<string>();
  const open = pattern.length > LONGEST ? [] : [pattern];
  for (let work = 0; work < 64 * MOST_ALTERNATIVES && done.size < MOST_ALTERNATIVES; work++) {
    const text = open.pop();
    if (text === undefined) break;
    const braces = /\{([^{}]*)\}/.exec(text);
    if (braces === null) {
      done.add(text);
      continue;
    }
    const [whole, inside = ''] = braces;
    const choices = inside.split(',', MOST_ALTERNATIVES).reverse();
    for (const choice of choices) open.push(text.replace(whole, () => choice));
  }
  return [...done];
}

/**
 * Whether the whole name matches. Only the last `*` is ever retried: the text before it has
 * matched as early as it can, which leaves the most for the rest.
 */
export function matches(name: string, pattern: string): boolean {
  const tokens = tokensOf(pattern);
  let [at, token] = [0, 0];
  let star: { readonly token: number; at: number } | undefined;
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === '*') {
      star = { token, at };
      token++;
    } else if (wanted?.(name[at] ?? '')) {
      at++;
      token++;
    } else if (star !== undefined) {
      star.at++;
      at = star.at;
      token = star.token + 1;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === '*');
}

type CharTest = (char: string) => boolean;

function tokensOf(pattern: string): (CharTest | '*')[] {
  const tokens: (CharTest | '*')[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    const set = char === '[' ? setAt(pattern, i) : undefined;
    if (set !== undefined) {
      tokens.push(set.test);
      i = set.end;
    } else if (char === '*') {
      if (tokens.at(-1) !== '*') tokens.push('*');
    } else if (char === '?') tokens.push(() => true);
    else {
      const literal = char === '\\' ? (pattern[++i] ?? '\\') : char;
      tokens.push((tested) => tested === literal);
    }
  }
  return tokens;
}

/** `[a-z]`, `[!a-z]`, `[^a-z]`; a `]` right after the bracket belongs to the set. Undefined: it has no end. */
function setAt(pattern: string, begin: number): { test: CharTest; end: number } | undefined {
  const not = /[!^]/.test(pattern[begin + 1] ?? '');
  const first = begin + (not ? 2 : 1);
  const end = pattern.indexOf(']', first + 1);
  if (end < 0) return undefined;
  const ranges: [string, string][] = [];
  for (let i = first; i < end; i++) {
    const [low = '', dash, high = ''] = pattern.slice(i, Math.min(i + 3, end));
    const ranged = dash === '-' && high !== '';
    ranges.push([low, ranged ? high : low]);
    if (ranged) i += 2;
  }
  return { test: (char) => ranges.some(([low, high]) => char >= low && char <= high) !== not, end };
}

function children(folder: string, segment: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => matches(name, segment) && (!name.startsWith('.') || segment[0] === '.'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return []; // no folder, or not readable
  }
}

function existing(path: string): string[] {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [path];
  } catch {
    return []; // not readable
  }
}
