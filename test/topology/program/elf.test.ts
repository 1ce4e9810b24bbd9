import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ByteSource, readElf } from '../../../src/topology/program/elf.ts';
import { librariesOf, linkedLibraries } from '../../../src/topology/program/libraries.ts';
import { type ElfSpec, elfFile } from '../../support/elf.ts';
import { cases } from '../../support/nightly.ts';

const bytesOf =
  (file: Buffer): ByteSource =>
  (offset, length) =>
    file.subarray(offset, offset + length);

const ENV = realpathSync('/usr/bin/env');
const native = readElf(bytesOf(readFileSync(ENV)));

describe('an ELF file', () => {
  it.each([32, 64] as const)('of %i bits is parsed', (bits) => {
    const spec = { bits, machine: 40, loader: '/lib/ld.so', needed: ['a.so', 'b.so.1'] };
    expect(readElf(bytesOf(elfFile({ ...spec, runPath: '/x:$ORIGIN/y' })))).toEqual({
      ...spec,
      runPath: ['/x', '$ORIGIN/y'],
    });
  });

  it('prefers the run path of DT_RUNPATH to that of DT_RPATH', () => {
    const both = elfFile({ needed: ['a'], rpath: '/old', runPath: '/new' });
    expect(readElf(bytesOf(both)).runPath).toEqual(['/new']);
    expect(readElf(bytesOf(elfFile({ needed: ['a'], rpath: '/old' }))).runPath).toEqual(['/old']);
  });

  it('of this machine is parsed like readelf does', () => {
    const text = execFileSync('readelf', ['-dl', ENV], { encoding: 'utf8' });
    const needed = [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
    const [, loader] = /program interpreter: (.*)\]/.exec(text) ?? [];
    expect(native).toMatchObject({ needed, loader });
    expect(needed.length).toBeGreaterThan(0);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'it is no ELF program'],
    ['text', Buffer.from('hello, world'), 'it is no ELF program'],
    ['a big-endian one', Buffer.from('\x7fELF\x02\x02', 'latin1'), 'it is not little-endian'],
    ['128 bits', Buffer.from('\x7fELF\x03\x01', 'latin1'), 'it has neither 32 nor 64 bits'],
    ['a truncated one', elfFile({ needed: ['a'] }).subarray(0, 100), 'it is cut off'],
  ])('is refused: %s', (_, file, why) => {
    expect(() => readElf(bytesOf(file))).toThrow(new Error(why));
  });

  it('never reads more than 64 KiB at a time, and ends for any content', () => {
    const whole = elfFile({ loader: '/lib/ld.so', needed: ['a.so', 'b.so'], runPath: '/x' });
    const damaged = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 })
      .map((changes) => {
        const copy = Buffer.from(whole);
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      });
    const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => {
      const file = Buffer.concat([Buffer.from('\x7fELF\x02\x01', 'latin1'), Buffer.from(bytes)]);
      return file;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, random), (file) => {
        let reads = 0;
        try {
          const elf = readElf((offset, length) => {
            reads++;
            expect(Number.isSafeInteger(offset) && offset >= 0).toBe(true);
            expect(length).toBeLessThanOrEqual(1 << 16);
            return file.subarray(offset, offset + length);
          });
          expect(elf.needed.length).toBeLessThanOrEqual(4_096);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toMatch(/^it[s]? |^a name of it/);
        }
        expect(reads).toBeLessThan(5_000);
      }),
      { numRuns: cases(2_000, 200_000) },
    );
  });
});

describe('the libraries of a program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'halab-elf-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const LIBC = { machine: native.machine, bits: native.bits, loader: native.loader } as const;
  const program = (spec: ElfSpec): string => {
    const path = join(folder, 'program');
    writeFileSync(path, elfFile({ ...LIBC, ...spec }), { mode: 0o755 });
    return path;
  };
  const nothingMore = (): boolean => false;
  const inFolder = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);

  it.each([process.execPath, ENV, '/bin/sh'])('of %s are those that the loader finds', (path) => {
    const text = execFileSync('ldd', [path], { encoding: 'utf8' });
    const wanted = [...text.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].map(([, path]) =>
      realpathSync(path ?? ''),
    );
    expect(
      librariesOf(path)
        .map((path) => realpathSync(path))
        .sort(),
    ).toEqual(wanted.sort());
  });

  it('do not exist for a static program or a script', () => {
    const none = { loader: undefined, libraries: [] };
    expect(linkedLibraries(program({ loader: undefined }), nothingMore)).toEqual(none);
    writeFileSync(join(folder, 'script'), '#!/bin/sh\n');
    expect(linkedLibraries(join(folder, 'script'), nothingMore)).toEqual(none);
  });

  it('come from the system, including indirect ones', () => {
    const [first = ''] = native.needed;
    const { loader, libraries } = linkedLibraries(program({ needed: [first] }), nothingMore);
    expect(loader).toBe(native.loader);
    expect(libraries.map((path) => basename(path))).toContain(first);
    expect(libraries.every((path) => /^\/(usr\/)?lib/.test(path))).toBe(true);
  });

  it.each<[string, ElfSpec, RegExp]>([
    ['a name with a path', { needed: ['./evil.so'] }, /names a library with a path: \.\/evil\.so/],
    ['an absolute name', { needed: ['/tmp/evil.so'] }, /names a library with a path/],
    ['an empty name', { needed: [''] }, /names a library with a path/],
    ['a library that is not there', { needed: ['libno.so.9'] }, /needs libno\.so\.9, which is in/],
    [
      'a run path elsewhere',
      { needed: ['a'], runPath: '/var/tmp' },
      /run path.*outside.*\/var\/tmp/,
    ],
    ['an old run path', { needed: ['a'], rpath: '/var/tmp' }, /run path.*outside/],
    ['a run path that climbs', { needed: ['a'], runPath: '$ORIGIN/../..' }, /run path.*outside/],
    ['a relative run path', { needed: ['a'], runPath: 'lib' }, /run path.*outside/],
    ['an empty run path', { needed: ['a'], runPath: '' }, /run path.*the current folder/],
    ['a run path of the loader', { needed: ['a'], runPath: '/lib/$PLATFORM' }, /run path/],
    ['its own loader', { loader: '/tmp/ld.so' }, /its loader \/tmp\/ld\.so is not one of/],
    ['a relative loader', { loader: 'ld.so' }, /its loader/],
    ['a loader that is none', { loader: '/usr/lib/os-release' }, /its loader/],
    ['a loader that climbs', { loader: '/lib/../tmp/ld.so' }, /its loader/],
  ])('are refused: %s', (_, spec, why) => {
    expect(() => linkedLibraries(program(spec), inFolder)).toThrow(why);
  });

  it('come from a run path inside the project, but not by a link out of it', () => {
    mkdirSync(join(folder, 'lib'));
    const own = join(folder, 'lib', 'libown.so');
    const spec = { needed: ['libown.so'], runPath: '$ORIGIN/lib' };
    writeFileSync(own, elfFile({ ...LIBC, loader: undefined }));
    expect(linkedLibraries(program(spec), inFolder).libraries).toEqual([own]);
    expect(() => linkedLibraries(program(spec), nothingMore)).toThrow(/run path/);
    rmSync(own);
    const elsewhere = mkdtempSync(join(tmpdir(), 'halab-elsewhere-'));
    try {
      writeFileSync(join(elsewhere, 'x'), elfFile({ ...LIBC, loader: undefined }));
      symlinkSync(join(elsewhere, 'x'), own);
      expect(() => linkedLibraries(program(spec), inFolder)).toThrow(/leads out of the project/);
      // A file that is no library for this processor is skipped, as the loader does.
      rmSync(own);
      symlinkSync('/etc/passwd', own);
      expect(() => linkedLibraries(program(spec), inFolder)).toThrow(/which is in none of/);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('are found without running the program: its loader is never started', () => {
    const trace = join(folder, 'told');
    const loader = join(folder, 'ld-evil.so');
    writeFileSync(loader, `#!/bin/sh\ntouch ${trace}\n`);
    chmodSync(loader, 0o755);
    const path = program({ loader, needed: ['libc.so.6'] });
    expect(() => linkedLibraries(path, inFolder)).toThrow(/its loader/);
    librariesOf(path);
    expect(existsSync(trace)).toBe(false);
  });

  it('of a copied installed program are those of the original', () => {
    const path = join(folder, 'copy');
    copyFileSync(ENV, path);
    expect(linkedLibraries(path, nothingMore)).toEqual(linkedLibraries(ENV, nothingMore));
  });
});
