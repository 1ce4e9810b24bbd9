/** The faults and their parameters as rows: for `halab faults` and the generated documentation. */
import { parameterRows } from '../topology/yaml/schema-rows.ts';
import { definitionOf, FAULT_KINDS } from './faults.ts';

export function faultReference() {
  return FAULT_KINDS.map((fault) => {
    const { docs, target, with: settings } = definitionOf(fault);
    return { fault, target, sentence: docs, parameters: parameterRows(settings) };
  });
}
