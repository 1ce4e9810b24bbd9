/** `halab schema`: the JSON Schemas of the YAML files, for editors; `--write` renews the shipped ones. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT } from '../errors.ts';

export function schemaCommand(done: (code: number) => void): Command {
  return new Command('schema')
    .description('Print the JSON Schema of a file kind')
    .argument('<kind>', 'topology or scenario')
    .option('--write <file>', 'write it to a file instead')
    .action(async (kind: string, { write }: { write?: string }) => {
      if (kind !== 'topology' && kind !== 'scenario') {
        process.stderr.write(`halab: unknown kind "${kind}": topology or scenario\n`);
        done(EXIT.usage);
        return;
      }
      const { schemaText } = await import('./schema-text.ts');
      const text = schemaText(kind);
      if (write === undefined) process.stdout.write(text);
      else writeFileSync(write, text);
      done(EXIT.passed);
    });
}
