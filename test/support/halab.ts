/** The built program, as a user runs it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

export const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export function halab(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Ended {
  const run = spawnSync(process.execPath, [HALAB, ...args], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  return { status: run.status, signal: run.signal, out: run.stdout, err: run.stderr };
}

/** Through a shell, with `$HALAB` for the program. */
export function shell(command: string): Ended {
  const run = spawnSync('bash', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, HALAB: `${process.execPath} ${HALAB}` },
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  return { status: run.status, signal: run.signal, out: run.stdout, err: run.stderr };
}

export function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [HALAB, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status, signal) =>
      resolve({ status, signal, out: out.join(''), err: err.join('') }),
    );
  });
  return { child, ended };
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
