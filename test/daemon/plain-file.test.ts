/** Any object in the place of a file of the daemon: the daemon does not block, follows no link, and leaks nothing. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLog } from '../../src/daemon/log.ts';
import {
  openFifo,
  openPlain,
  openToAppend,
  readPlain,
  replaceFile,
} from '../../src/daemon/plain-file.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-plain-'));
  writeFileSync(at('file'), 'old', { mode: 0o666 });
  mkdirSync(at('folder'));
  writeFileSync(at('target'), 'target');
  symlinkSync(at('target'), at('link'));
  execFileSync('mkfifo', [at('fifo')]);
});
afterEach(() => rmSync(folder, { recursive: true }));

const { O_CREAT, O_WRONLY } = constants;

describe('replacing a file', () => {
  it.each(['file', 'link', 'fifo', 'nothing'])('%s', (name) => {
    const before = name === 'file' ? openSync(at('file'), 'r') : undefined;
    replaceFile(at(name), 'secret');
    const { mode } = lstatSync(at(name));
    expect(mode & 0o7777).toBe(0o600);
    expect(lstatSync(at(name)).isFile()).toBe(true);
    expect(readFileSync(at(name), 'utf8')).toBe('secret');
    expect(readFileSync(at('target'), 'utf8')).toBe('target');
    // A reader with the old file open still reads the old file.
    if (before !== undefined) expect(readFileSync(before, 'utf8')).toBe('old');
    if (before !== undefined) closeSync(before);
  });

  it('fails without leaving a file behind if the place cannot be written', () => {
    const names = readdirSync(folder).sort();
    expect(() => replaceFile(at('folder'), 'secret')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder).sort()).toEqual(names);
    expect(() => replaceFile(at('none/file'), 'secret')).toThrow('ENOENT');
  });
});

describe('a plain file', () => {
  it.each([
    ['link', 'ELOOP'],
    ['fifo', /no plain file|ENXIO/],
    ['folder', 'EISDIR'],
  ])('%s is refused', (name, problem) => {
    expect(() => openPlain(at(name), O_WRONLY | O_CREAT)).toThrow(problem);
  });

  it('is created or opened', () => {
    closeSync(openPlain(at('new'), O_WRONLY | O_CREAT));
    closeSync(openPlain(at('file'), O_WRONLY | O_CREAT));
    expect(existsSync(at('new'))).toBe(true);
  });

  it('is read through a link; other types are refused', () => {
    expect(readPlain(at('link'))).toBe('target');
    expect(() => readPlain(at('fifo'))).toThrow('no plain file');
    expect(() => readPlain(at('folder'))).toThrow('no plain file');
    expect(() => readPlain('/dev/zero')).toThrow('no plain file');
    writeFileSync(at('file'), 'x'.repeat(100_000));
    expect(readPlain(at('file'))).toHaveLength(4_096);
  });
});

it('a log is appended to a file, but not to a pipe without a reader', () => {
  closeSync(openToAppend(at('file')));
  expect(() => openToAppend(at('fifo'))).toThrow('ENXIO');
});

it('a log on a full disk loses lines but no descriptor', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const options = { detail: false, console: false, json: false, tag: '', facility: undefined };
  const log = openLog('test', { ...options, file: '/dev/full' });
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let line = 0; line < 50; line++) log.info('line');
  expect(open()).toBe(before);
  expect(write).toHaveBeenCalledTimes(50);
  write.mockRestore();
});

describe('a FIFO', () => {
  it('is created, or used if it exists', () => {
    for (const name of ['new', 'fifo']) {
      const fd = openFifo(at(name), 0o600);
      expect(fd).toBeTypeOf('number');
      closeSync(Number(fd));
    }
  });

  it.each([
    ['file', 'something else than a FIFO is there'],
    ['folder', 'EISDIR'],
    ['link', 'ELOOP'],
    ['none/fifo', 'ENOENT'],
  ])('%s is refused, and the refusal is logged', (name, problem) => {
    expect(openFifo(at(name), 0o600)).toBe(problem);
  });
});
