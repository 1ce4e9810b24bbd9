/** `halab schema`: the JSON Schemas of the YAML files, for editors; `--write` renews the shipped ones. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import * as z from 'zod';
import { EXIT } from '../errors.ts';
import { editorSchema } from '../scenario/scenario-schema.ts';
import { topologySchema } from '../topology/topology-schema.ts';

export function schemaCommand(done: (code: number) => void): Command {
  return new Command('schema')
    .description('Print the JSON Schema of a file kind')
    .argument('<kind>', 'topology or scenario')
    .option('--write <file>', 'write it to a file instead')
    .action((kind: string, { write }: { write?: string }) => {
      if (kind !== 'topology' && kind !== 'scenario') {
        process.stderr.write(`halab: unknown kind "${kind}": topology or scenario\n`);
        done(EXIT.usage);
        return;
      }
      const text = schemaText(kind);
      if (write === undefined) process.stdout.write(text);
      else writeFileSync(write, text);
      done(EXIT.passed);
    });
}

/** The schema as it stands in src/scenario/schema. */
export function schemaText(kind: 'topology' | 'scenario'): string {
  const schema = kind === 'topology' ? topologySchema : editorSchema();
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`;
}
