/** The README files: generated sections are up to date, links have a target, every block is tested. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/conf/read.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import { runBy } from './commands.ts';
import { anchorsOf, BLOCKS, commandsOf, filesNamedBy, linksOf } from './pages.ts';
import { projectOf, scenarioOf } from './project.ts';
import { namesOfSections, PAGES, ROOT, renewed, SECTIONS } from './sections.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const at = ({ page, line }: { readonly page: string; readonly line: number }): string =>
  `${page}:${line}`;

/** A project of each page, made when it is needed. */
const folders = new Map<string, string>();
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});

describe('generated sections', () => {
  it.each(PAGES)('of %s are up to date (else: npm run docs)', (page) => {
    expect(renewed(read(page))).toBe(read(page));
  });

  it('each occur in some page', () => {
    const used = PAGES.flatMap((page) => namesOfSections(read(page)));
    expect(used.sort()).toEqual(Object.keys(SECTIONS).sort());
  });
});

describe('links', () => {
  it.each(PAGES)('of %s lead to files and headings that exist', (page) => {
    const broken = linksOf(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      return (
        !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('of %s: the source files that it names exist', (page) => {
    const files = ['src', 'test'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `/${folder}/${name}`,
      ),
    );
    const gone = filesNamedBy(page).filter(
      (name) => !files.some((file) => file.endsWith(`/${name}`)),
    );
    expect(gone).toEqual([]);
  });

  it('lead only to README files that the package ships', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const shipped = (page: string): boolean =>
      files.some((file) => page === file || page.startsWith(`${file}/`));
    expect(PAGES.filter((page) => !shipped(page))).toEqual([]);
  });
});

describe('the front page', () => {
  it('has at most 170 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(170);
  });
});

describe('blocks', () => {
  it('name their language and their test', () => {
    const known = ['sh', 'console', 'yaml', 'conf', 'text'];
    expect(BLOCKS.filter(({ language }) => !known.includes(language)).map(at)).toEqual([]);
    // No test would cover a command in a text block, or YAML without a file.
    const untested = BLOCKS.filter(
      ({ language, words, text }) =>
        (language === 'text' && /^\$ /m.test(text)) ||
        (['yaml', 'conf'].includes(language) && words.length === 0) ||
        (language === 'console' && !text.startsWith('$ ')),
    );
    expect(untested.map(at)).toEqual([]);
  });

  it('contain only commands that a test runs', () => {
    const commands = BLOCKS.flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(15);
    const untested = commands.filter((command) => {
      const by = runBy(command);
      if (by === undefined) return true;
      return typeof by !== 'string' && !read(by[0]).includes(by[1]);
    });
    expect(untested.map((command) => `${at(command)} ${command.text}`)).toEqual([]);
  });

  it('install only the packages of .ci/run', () => {
    const wanted = BLOCKS.flatMap(commandsOf).flatMap(({ text }) =>
      text.startsWith('apt-get install -y ') ? text.split(' ').slice(3) : [],
    );
    const installed = read('.ci/run').split(/\s+/);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !installed.includes(name))).toEqual([]);
  });

  it.each(
    BLOCKS.filter(({ language }) => language === 'yaml').map(
      (block) => [at(block), block] as const,
    ),
  )('of YAML have no error: %s', (_, block) => {
    const folder = folders.get(block.page) ?? projectOf(block.page);
    folders.set(block.page, folder);
    const { scenarios, warnings } = loadScenario(scenarioOf(block, folder));
    expect(warnings.map(({ message }) => message)).toEqual([]);
    expect(scenarios.length).toBeGreaterThan(0);
  });

  it.each(
    BLOCKS.filter(({ language }) => language === 'conf').map(
      (block) => [at(block), block] as const,
    ),
  )('of keepalived.conf have no finding: %s', (_, { text }) => {
    expect(parseConfig(text, 'keepalived.conf').issues).toEqual([]);
  });
});
