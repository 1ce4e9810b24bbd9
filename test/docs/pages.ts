/** The README files as a test sees them: fenced blocks, commands, headings and links. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, ROOT } from './sections.ts';

/** ```` ```yaml in topologies/two-node.yaml ```` has the language `yaml` and the words `in`, `topologies/two-node.yaml`. */
export interface Block {
  readonly page: string;
  /** Line number of its first line of text, from 1. */
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
}

export interface Command {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  /** Lines that its output must contain in this order; a line that ends with ` ...` is a beginning. */
  readonly output: readonly string[];
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, info = '', body = ''] = match;
    const [language = '', ...words] = info.split(' ');
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { page, line, language, words, text: body };
  });
}

export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);

/** In an `sh` block one command per line, or several joined by `&&`. In a `console` block after `$`, with its output. */
export function commandsOf({ page, line, language, text }: Block): Command[] {
  const lines = text.trimEnd().split('\n');
  if (language === 'console') {
    const starts = lines.flatMap((line, i) => (line.startsWith('$ ') ? [i] : []));
    return starts.map((from, i) => ({
      page,
      line: line + from,
      text: (lines[from] ?? '').slice(2),
      output: lines.slice(from + 1, starts[i + 1]).filter((line) => /[^ .]/.test(line)),
    }));
  }
  if (language !== 'sh') return [];
  return lines.flatMap((source, i) =>
    source
      .replace(/(^|\s+)#.*$/, '')
      .split(' && ')
      .filter((command) => command !== '')
      .map((command) => ({ page, line: line + i, text: command.trim(), output: [] })),
  );
}

/** Anchors as GitHub makes them of headings. */
export function anchorsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Targets of links to files and headings of the repository. */
export function linksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Source files that a page names: `run/status.ts`. */
export function filesNamedBy(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/`([\w/.-]+\.(?:ts|mjs))`/g)].map(([, file = '']) => file);
}
