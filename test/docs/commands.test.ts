/** Runs every command of the README files that needs the simulator only, and compares the output that they show. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { argvOf, runBy } from './commands.ts';
import { BLOCKS, type Command, commandsOf } from './pages.ts';
import { projectOf } from './project.ts';
import { ROOT } from './sections.ts';

const commands = BLOCKS.flatMap(commandsOf).filter((command) => runBy(command) === 'programs');
const folders = new Map(
  [...new Set(commands.map(({ page }) => page))].map((page) => [page, projectOf(page)]),
);
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});

/** Exit codes of commands that show a failure or a violation. halabd -t: 5 where the machine has no eth0. */
const SHOWN: readonly [pattern: RegExp, codes: readonly number[]][] = [
  [/preempt=true/, [1]],
  [/^npx halab check .*--intervals/, [1]],
  [/^halabd -t/, [0, 5]],
];

it.concurrent.each(
  commands.map((command) => [`${command.page}:${command.line} ${command.text}`, command] as const),
)('%s', async (_, command) => {
  const { status, output } = await run(command);
  const [, codes = [0]] = SHOWN.find(([pattern]) => pattern.test(command.text)) ?? [];
  expect(codes, output).toContain(status);
  expect(missing(command.output, output), output).toBeUndefined();
});

function run({ page, text }: Command): Promise<{ status: number; output: string }> {
  const [program = '', ...args] = argvOf(text);
  const env = { ...process.env, CI: '1', HALAB_RUN_BACKEND: 'sim' };
  return new Promise((resolve) => {
    const options = { cwd: folders.get(page), env, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [join(ROOT, program), ...args], options, (error, out, err) =>
      resolve({ status: Number(error?.code ?? 0), output: out + err }),
    );
  });
}

/** The first line of the page that the output lacks, in order. */
function missing(shown: readonly string[], output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trimEnd());
  let from = 0;
  for (const line of shown) {
    const beginning = line.endsWith(' ...') ? line.slice(0, -4) : undefined;
    const found = lines.findIndex(
      (text, i) =>
        i >= from && (beginning === undefined ? text === line : text.startsWith(beginning)),
    );
    if (found < 0) return line;
    from = found + 1;
  }
  return undefined;
}
