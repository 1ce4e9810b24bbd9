/** The JSON Schemas of the YAML files, made from what validates them. Loaded only by those who ask. */
import * as z from 'zod';
import { editorSchema } from '../scenario/scenario-schema.ts';
import { topologySchema } from '../topology/file/topology-schema.ts';

/** The schema as it stands in src/scenario/schema. */
export function schemaText(kind: 'topology' | 'scenario'): string {
  const schema = kind === 'topology' ? topologySchema : editorSchema();
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`;
}
