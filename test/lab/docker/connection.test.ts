import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectDocker } from '../../../src/lab/docker/connection.ts';

const KEPT = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG'] as const;
let folder: string;
let before: (string | undefined)[];
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halab-conn-'));
  before = KEPT.map((name) => process.env[name]);
  for (const name of KEPT) delete process.env[name];
  process.env.DOCKER_CONFIG = folder;
  // A daemon that answers only the version request of connectDocker.
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"Version":"99.1"}');
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
});
afterEach(() => {
  server.close();
  for (const [i, name] of KEPT.entries()) {
    const value = before[i];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

function context(name: string, host: string): void {
  const at = join(folder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'));
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'meta.json'),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}

describe('the Docker daemon', () => {
  const socket = (): string => `unix://${join(folder, 'docker.sock')}`;

  it('is taken from DOCKER_HOST', async () => {
    process.env.DOCKER_HOST = socket();
    expect(await connectDocker()).toMatchObject({
      where: socket(),
      remote: false,
      version: '99.1',
    });
  });

  it('is taken from DOCKER_CONTEXT, or from the current context', async () => {
    context('lab', socket());
    process.env.DOCKER_CONTEXT = 'lab';
    expect(await connectDocker()).toMatchObject({ where: socket() });
    delete process.env.DOCKER_CONTEXT;
    writeFileSync(join(folder, 'config.json'), '{"currentContext":"lab"}');
    expect(await connectDocker()).toMatchObject({ where: socket() });
  });

  it('over the network is remote: it has another clock', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.env.DOCKER_HOST = `tcp://127.0.0.1:${port}`;
    expect(await connectDocker()).toMatchObject({ remote: true, version: '99.1' });
  });

  it('that does not answer is one error with the remedy (exit 4)', async () => {
    process.env.DOCKER_HOST = 'unix:///nonexistent.sock';
    await expect(connectDocker()).rejects.toMatchObject({
      exitCode: 4,
      code: 'HALAB_DOCKER_UNREACHABLE',
    });
    process.env.DOCKER_HOST = '';
    process.env.DOCKER_CONTEXT = 'nowhere';
    await expect(connectDocker()).rejects.toMatchObject({
      exitCode: 4,
      message: 'there is no Docker context "nowhere"',
    });
  });
});
