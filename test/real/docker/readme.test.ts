/** The commands of the README files that need Docker, with one repeat each; other tests measure their claims. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { argvOf, runBy } from '../../docs/commands.ts';
import { BLOCKS, type Command, commandsOf } from '../../docs/pages.ts';
import { projectOf } from '../../docs/project.ts';
import { ROOT } from '../../docs/sections.ts';
import { INCONCLUSIVE, MOST_ASKED, reportAskedAgain } from '../../support/ask.ts';

const commands = BLOCKS.flatMap(commandsOf).filter((command) => runBy(command) === 'docker');
const pages = [...new Set(commands.map(({ page }) => page))];
const folders = new Map(pages.map((page) => [page, projectOf(page)]));
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});

it.each(
  commands.map((command) => [`${command.page}:${command.line} ${command.text}`, command] as const),
)('%s', (_, command) => {
  let answer = run(command);
  for (let asked = 1; answer.status === INCONCLUSIVE && asked < MOST_ASKED; asked++) {
    reportAskedAgain([command.text], answer.output);
    answer = run(command);
  }
  expect(answer.status, answer.output).toBe(0);
});

function run({ page, text }: Command): { status: number | null; output: string } {
  const [program = '', verb = '', ...args] = argvOf(text);
  const once = verb === 'clean' ? [] : ['--repeat', '1'];
  const ended = spawnSync(process.execPath, [join(ROOT, program), verb, ...args, ...once], {
    cwd: folders.get(page),
    encoding: 'utf8',
    env: { ...process.env, CI: '1' },
  });
  return { status: ended.status, output: ended.stdout + ended.stderr };
}
