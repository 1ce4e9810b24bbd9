/** `halab schema`: the JSON Schemas of the YAML files, for editors. */
import { Argument, Command } from 'commander';
import { EXIT } from '../errors.ts';
import { writeReport } from './report-file.ts';

export function schemaCommand(done: (code: number) => void): Command {
  return new Command('schema')
    .description('Print the JSON Schema of a file kind')
    .addArgument(new Argument('<kind>', 'of which file').choices(['topology', 'scenario']))
    .option('--write <file>', 'write it to a file instead', '-')
    .action(async (kind: 'topology' | 'scenario', { write }: { write: string }) => {
      const { schemaText } = await import('./schema-text.ts');
      await writeReport(write, schemaText(kind));
      done(EXIT.passed);
    });
}
