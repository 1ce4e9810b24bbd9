/** `halab assertions`: the assertions of scenarios, with every parameter. */
import { Command } from 'commander';
import { type AssertionReference, assertionReference } from '../assert/reference.ts';
import { EXIT } from '../errors.ts';
import { out } from './process/console.ts';

export function assertionsCommand(done: (code: number) => void): Command {
  return new Command('assertions')
    .description('List the assertions of scenarios and their parameters')
    .option('--json', 'for machines', false)
    .action(({ json }: { json: boolean }) => {
      const all = assertionReference();
      if (json) out.line(JSON.stringify({ schema: 'halab.assertions/1', assertions: all }));
      else for (const line of all.flatMap(linesOf)) out.line(line);
      done(EXIT.passed);
    });
}

function linesOf({ assertion, places, sentence, parameters }: AssertionReference): string[] {
  const rows = parameters.map((one) => ({
    head: [one.name, one.unit === undefined ? one.type : `${one.type} (${one.unit})`] as const,
    tail: `${one.sentence} [${one.required ? 'required' : one.default}]`,
  }));
  const width = (i: 0 | 1): number => Math.max(0, ...rows.map(({ head }) => head[i].length));
  const lines = rows.map(
    ({ head: [name, type], tail }) =>
      `  ${name.padEnd(width(0))}  ${type.padEnd(width(1))}  ${tail}`,
  );
  return [`${assertion} (${places.join(', ')}): ${sentence}`, ...lines];
}
