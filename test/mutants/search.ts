/** Lets one of the searches loose on a program, and tells what it says. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface Finding {
  /** `violated`: an invariant; `engine-threw`: no invariant, but the engine itself broke; `clean`: nothing. */
  readonly kind: 'violated' | 'engine-threw' | 'clean' | 'our-bug' | 'interrupted';
  /** The invariant, or what broke. */
  readonly what: string;
  readonly seconds: number;
  /** `halab explore`: how many it tried, the last one being the one that failed, if any. */
  readonly cases: number | undefined;
}

/** What is read of the JSON of both searches. */
interface Report {
  readonly violations: readonly { readonly invariant: string }[];
  readonly bug?: string;
  readonly cases?: number;
}

const INTERRUPTED = 130;

export async function search(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<Finding> {
  const file = join(folder, `${args[0]}.json`);
  rmSync(file, { force: true });
  const began = performance.now();
  const { code, stderr } = await run(program, [...args, '--json', file]);
  const seconds = Number(((performance.now() - began) / 1_000).toFixed(2));
  if (code === INTERRUPTED) return { kind: 'interrupted', what: '', seconds, cases: undefined };
  if (!existsSync(file)) return { ...whoThrew(stderr), seconds, cases: undefined };
  const { violations, bug, cases } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const [first] = violations;
  if (first !== undefined) return { kind: 'violated', what: first.invariant, seconds, cases };
  if (bug !== undefined) return { ...whoThrew(bug), seconds, cases };
  return { kind: 'clean', what: '', seconds, cases };
}

/** A simulator that stumbles over a wrong engine has judged nothing; an engine that throws is plainly wrong. */
function whoThrew(text: string): Pick<Finding, 'kind' | 'what'> {
  const [frame] = /^\s+at .*$/m.exec(text) ?? [''];
  const [what = text] = text.trim().split('\n');
  return { kind: /src\/(engine|net)\//.test(frame) ? 'engine-threw' : 'our-bug', what };
}

function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number | undefined; readonly stderr: string }> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', failed);
    child.on('close', (code, signal) =>
      done({ code: signal === null ? (code ?? undefined) : INTERRUPTED, stderr }),
    );
  });
}
