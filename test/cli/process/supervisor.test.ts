/** The main thread, with programs that cannot handle a signal in Node. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../support/halab.ts';

const SUPERVISOR = new URL('../../../dist/cli/process/supervisor.js', import.meta.url).href;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-supervisor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts a program under the supervisor; resolves when it has printed `ready`. */
async function supervised(body: string, ...flags: string[]) {
  const program = join(folder, 'program.cjs');
  const main = join(folder, 'main.mjs');
  writeFileSync(
    program,
    `const { parentPort: port } = require('node:worker_threads');
     const write = (text, to = 'out') => port.postMessage({ kind: 'write', to, text });
     const end = (code) => port.postMessage({ kind: 'end', code });
     ${body}`,
  );
  writeFileSync(
    main,
    `import { supervise } from '${SUPERVISOR}';\nsupervise(${JSON.stringify(program)});\n`,
  );
  const child = spawn(process.execPath, [...flags, main], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ready = new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('ready')) resolve(undefined);
    });
  });
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve) =>
    child.on('close', (status, signal) => resolve({ status, signal })),
  );
  await Promise.race([ready, ended]);
  return { child, ended, out: () => out, err: () => err };
}

const BUSY = `port.postMessage({ kind: 'interruptible', doing: 'stopping' }); write('ready\\n');`;

describe('two signals and a program that hangs', () => {
  it.each([
    ['in a loop', `${BUSY} for (;;) {}`],
    ['in an expression', `${BUSY} /^(a+)+$/.test('a'.repeat(50) + 'b');`],
    ['in the kernel', `${BUSY} require('node:fs').readFileSync(process.argv[1] + '.fifo');`],
    ['in a lock', `${BUSY} Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`],
  ])('%s', async (_, body) => {
    execFileSync('mkfifo', [join(folder, 'program.cjs.fifo')]);
    const { child, ended, err } = await supervised(body);
    child.kill('SIGTERM');
    await sleep(300);
    expect(err()).toBe('\nhalab: SIGTERM: stopping; once more ends it at once\n');
    child.kill('SIGTERM');
    expect(await Promise.race([ended, sleep(3_000)])).toEqual({ status: null, signal: 'SIGTERM' });
    expect(err()).toContain('left at once');
  });

  it('one signal is enough if the program registered no ordered end', async () => {
    const { child, ended } = await supervised(`write('ready\\n'); for (;;) {}`);
    child.kill('SIGINT');
    expect(await Promise.race([ended, sleep(3_000)])).toEqual({ status: null, signal: 'SIGINT' });
  });
});

describe("the program's output", () => {
  it('is written completely and in order before the end, however slow the reader', async () => {
    const run = await supervised(
      `write('ready\\n'); for (let i = 0; i < 20000; i++) write('line ' + i + '\\n'); end(3);`,
    );
    run.child.stdout?.pause();
    await sleep(300);
    run.child.stdout?.resume();
    expect(await run.ended).toEqual({ status: 3, signal: null });
    expect(run.out().split('\n')).toHaveLength(20_002);
    expect(run.out().endsWith('line 19999\n')).toBe(true);
  });

  it('does not prevent signal handling without a reader', async () => {
    const run = await supervised(
      `${BUSY} port.once('message', () => end(143)).ref(); setInterval(() => write('x'.repeat(65536)), 1).unref();`,
    );
    run.child.stdout?.pause();
    await sleep(500);
    run.child.kill('SIGTERM');
    await sleep(500);
    run.child.kill('SIGTERM');
    await sleep(500);
    expect(run.child.signalCode ?? run.child.exitCode).not.toBeNull();
    run.child.stdout?.resume();
    await run.ended;
  });
});

describe('a program that crashes', () => {
  it('exits as an internal error', async () => {
    const { ended, err } = await supervised(`throw new Error('broken \\u001b[31m');`);
    expect(await ended).toEqual({ status: 70, signal: null });
    expect(err()).toContain('halab: a bug of ours: Error: broken \\x1b[31m');
  });

  it('exits as an environment error if it runs out of memory', async () => {
    const all = 'const all = []; for (;;) all.push(new Array(1000).fill(all.length));';
    const { ended, err } = await supervised(all, '--max-old-space-size=60');
    expect(await ended).toEqual({ status: 4, signal: null });
    expect(err()).toContain('halab: the memory is used up');
  });
});
