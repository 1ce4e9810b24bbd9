/** The README files: generated sections are fresh, links lead somewhere, every block is tested. */
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
  it.each(PAGES)('of %s are fresh (else: npm run docs)', (page) => {
    expect(renewed(read(page))).toBe(read(page));
  });

  it('stand somewhere, each of them', () => {
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
      (name) => !files.some((one) => one.endsWith(`/${name}`)),
    );
    expect(gone).toEqual([]);
  });

  it('lead to README files that the package ships', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const shipped = (page: string): boolean =>
      files.some((one) => page === one || page.startsWith(`${one}/`));
    expect(PAGES.filter((page) => !shipped(page))).toEqual([]);
  });
});

describe('the front page', () => {
  it('has at most 170 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(170);
  });
});

describe('blocks', () => {
  it('say what they are', () => {
    const known = ['sh', 'console', 'yaml', 'conf', 'text'];
    expect(BLOCKS.filter(({ language }) => !known.includes(language)).map(at)).toEqual([]);
    // A command in a block of text, or YAML without a file, would be tested by nothing.
    const untested = BLOCKS.filter(
      ({ language, words, text }) =>
        (language === 'text' && /^\$ /m.test(text)) ||
        (['yaml', 'conf'].includes(language) && words.length === 0) ||
        (language === 'console' && !text.startsWith('$ ')),
    );
    expect(untested.map(at)).toEqual([]);
  });

  it('have only commands that a test runs', () => {
    const commands = BLOCKS.flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(15);
    const untested = commands.filter((command) => {
      const by = runBy(command);
      if (by === undefined) return true;
      return typeof by !== 'string' && !read(by[0]).includes(by[1]);
    });
    expect(untested.map((command) => `${at(command)} ${command.text}`)).toEqual([]);
  });

  it('install only packages that .ci/run installs', () => {
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
  )('of YAML have no mistake: %s', (_, block) => {
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
