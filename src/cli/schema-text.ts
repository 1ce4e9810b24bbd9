/** The JSON Schemas of the YAML files, made from the schemas that validate them. Loaded on demand. */
import * as z from 'zod';
import { editorSchema } from '../scenario/scenario-schema.ts';
import { topologySchema } from '../topology/file/topology-schema.ts';

/** The text of a file in src/scenario/schema, which the build writes. */
export function schemaText(kind: 'topology' | 'scenario'): string {
  const schema = kind === 'topology' ? topologySchema : editorSchema();
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`;
}
