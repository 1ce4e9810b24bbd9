import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRegularFile, readTextFile } from '../../../src/topology/yaml/text-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-text-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('reading a text file', () => {
  it('returns the text, also through a symbolic link', () => {
    writeFileSync(join(folder, 'a'), 'wörds\n');
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    expect(readTextFile(join(folder, 'b'))).toBe('wörds\n');
  });

  it('accepts 1 MiB and refuses one byte more', () => {
    const file = join(folder, 'large');
    writeFileSync(file, '');
    truncateSync(file, 1 << 20);
    expect(readTextFile(file)).toHaveLength(1 << 20);
    truncateSync(file, (1 << 20) + 1);
    expect(() => readTextFile(file)).toThrow('it is larger than 1 MiB');
    expect(readRegularFile(file, 2 << 20)).toHaveLength((1 << 20) + 1);
  });

  it('reads a file of /proc, whose size is 0', () => {
    expect(readTextFile('/proc/self/status')).toContain('Name:');
  });

  it.each([
    ['/dev/zero', 'it is a device, not a regular file'],
    ['/dev/stdin-that-is-not-there', 'ENOENT: no such file or directory'],
    ['/', 'it is a folder, not a regular file'],
  ])('refuses %s: %s', (path, why) => {
    expect(() => readTextFile(path)).toThrow(new Error(why));
  });

  it('refuses a FIFO without a writer at once', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(() => readTextFile(fifo)).toThrow('it is a FIFO, not a regular file');
  });

  it('refuses a socket', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      expect(() => readTextFile(path)).toThrow('it is a socket, not a regular file');
    } finally {
      server.close();
    }
  });
});
