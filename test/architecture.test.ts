import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The import table of the design: a folder may import only these (and the shared files at the top). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  net: [],
  engine: ['net'],
  linux: ['net'],
  daemon: ['engine', 'linux', 'net'],
  topology: ['net'],
  fault: ['topology', 'net', 'kind', 'observe/event.ts'],
  observe: ['topology', 'net'],
  assert: ['observe', 'topology'],
  scenario: ['topology', 'fault', 'assert', 'kind/own-config.ts'],
  kind: [
    'topology',
    'engine/core',
    'engine/conf',
    'engine/text',
    'agent/spawned.ts',
    'observe/event.ts',
    'net',
  ],
  sim: ['engine', 'net', 'fault', 'observe/event.ts', 'observe/election.ts'],
  agent: ['linux', 'fault', 'topology/service.ts', 'observe/event.ts', 'observe/witness.ts', 'net'],
  lab: [
    'kind',
    'agent/protocol.ts',
    'agent/spawned.ts',
    'sim',
    'fault',
    'topology',
    'observe',
    'net',
  ],
  explore: [
    'sim',
    'engine',
    'assert',
    'observe',
    'fault',
    'scenario',
    'topology',
    'net',
    'lab',
    'run',
  ],
  run: ['lab/lab.ts', 'scenario', 'topology', 'fault', 'assert', 'observe'],
  report: ['run', 'assert', 'observe', 'scenario'],
  cli: ['*'],
};
const SHARED = [
  'time.ts',
  'random.ts',
  'errors.ts',
  'package-root.ts',
  'printable.ts',
  'expression.ts',
  'pcre.ts',
  'glob.ts',
];
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  'halabd.ts': ['daemon'],
};

/** Tables of keywords may be longer than other files. */
const TABLES = 'engine/conf/';

/** Folders that may have folders of their own. */
const THREE_DEEP = ['lab/docker/faults/', 'assert/protocol/'];

const SRC = new URL('../src', import.meta.url).pathname;
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
  return found.map(([, path]) => ({ from: file, to: normalize(join(dirname(file), path ?? '')) }));
}

function allowed({ from, to }: Import): boolean {
  if (SHARED.includes(to)) return true;
  const [folder = ''] = from.split('/');
  const [target = ''] = to.split('/');
  if (folder === target) return true;
  const list = from.includes('/') ? MAY_IMPORT[folder] : ENTRIES[from];
  return (list ?? []).some((permission) => permission === '*' || reaches(to, permission));
}

function reaches(file: string, permission: string): boolean {
  return file === permission || file.startsWith(`${permission}/`);
}

function lengthOf(file: string): number {
  return readFileSync(join(SRC, file), 'utf8').trimEnd().split('\n').length;
}

describe('the source', () => {
  const imports = FILES.flatMap(importsOf);

  it('is read completely: every file on disk has the expected imports', () => {
    const counted = countFiles(SRC);
    expect(FILES.length).toBe(counted);
    expect(counted).toBeGreaterThan(90);
    expect(imports.length).toBeGreaterThan(250);
  });

  it('imports only what the table of the design allows', () => {
    expect(
      imports.filter((import_) => !allowed(import_)).map(({ from, to }) => `${from} -> ${to}`),
    ).toEqual([]);
  });

  it('notices a forbidden import', () => {
    expect(allowed({ from: 'engine/vrrp/instance.ts', to: 'linux/clock.ts' })).toBe(false);
    expect(allowed({ from: 'sim/world.ts', to: 'daemon/parent.ts' })).toBe(false);
    expect(allowed({ from: 'run/run.ts', to: 'report/list.ts' })).toBe(false);
    expect(allowed({ from: 'run/run.ts', to: 'lab/docker/docker-lab.ts' })).toBe(false);
  });

  it('has no import cycle, types included', () => {
    const targets = new Map<string, string[]>();
    for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of targets.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('has every folder in the table, at most two deep', () => {
    const folders = new Set(
      FILES.filter((file) => file.includes('/')).map((file) => file.split('/')[0]),
    );
    expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
    const deep = FILES.filter((file) => file.split('/').length > 3);
    expect(deep.filter((file) => !THREE_DEEP.some((folder) => file.startsWith(folder)))).toEqual(
      [],
    );
    expect(FILES.filter((file) => file.split('/').length > 4)).toEqual([]);
  });

  it('uses every permission in the table', () => {
    const unused = Object.entries(MAY_IMPORT).flatMap(([folder, targets]) =>
      targets
        .filter((target) => target !== '*')
        .filter(
          (target) =>
            !imports.some((edge) => edge.from.startsWith(`${folder}/`) && reaches(edge.to, target)),
        )
        .map((target) => `${folder} -> ${target}`),
    );
    expect(unused).toEqual([]);
  });

  it('has at most 25 files in a folder', () => {
    const counts = new Map<string, number>();
    for (const file of FILES) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > 25)).toEqual([]);
  });

  it('has no file over 300 lines, and no table over 400', () => {
    const limit = (file: string): number => (file.startsWith(TABLES) ? 400 : 300);
    expect(FILES.filter((file) => lengthOf(file) > limit(file))).toEqual([]);
  });

  it('uses no clock and no random source in the pure folders', () => {
    const pure = FILES.filter((file) => /^(net|engine|sim)\//.test(file));
    expect(pure.length).toBeGreaterThan(15);
    const impure = pure.filter((file) =>
      /Math\.random|Date\.now|new Date|performance\.now|process\.hrtime|'node:/.test(
        readFileSync(join(SRC, file), 'utf8'),
      ),
    );
    expect(impure).toEqual([]);
  });

  it('loads the native packages in one file', () => {
    const loaders = FILES.filter((file) =>
      /'(koffi|raw-socket)'/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(
      loaders.filter((file) => !['linux/native.ts', 'lab/docker/image.ts'].includes(file)),
    ).toEqual([]);
  });
});

describe('the programs of the tests', () => {
  it('import names that the build exports', () => {
    const test = new URL('.', import.meta.url).pathname;
    const programs = readdirSync(test, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.mjs'),
    );
    const wanted = programs.flatMap((program) =>
      [
        ...readFileSync(join(test, program), 'utf8').matchAll(
          /import \{([^}]*)\} from '[^']*\/dist\/([^']+)\.js'/g,
        ),
      ].flatMap(([, names = '', file = '']) =>
        names.split(',').map((name) => ({ program, file: `${file}.ts`, name: name.trim() })),
      ),
    );
    expect(wanted.length).toBeGreaterThan(20);
    expect(
      wanted.filter(
        ({ file, name }) =>
          name !== '' &&
          !(
            FILES.includes(file) &&
            new RegExp(`export (const|class|(async )?function\\*?) ${name}\\b`).test(
              readFileSync(join(SRC, file), 'utf8'),
            )
          ),
      ),
    ).toEqual([]);
  });
});

function countFiles(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.isDirectory()) return sum + countFiles(join(folder, entry.name));
    return sum + (relative(folder, join(folder, entry.name)).endsWith('.ts') ? 1 : 0);
  }, 0);
}
