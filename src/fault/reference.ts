/** The faults and their parameters as rows: for `halab faults` and the generated documentation. */
import { type ParameterRow, parameterRows } from '../topology/yaml/schema-rows.ts';
import { definitionOf, FAULT_KINDS, type FaultKind } from './faults.ts';

export interface FaultReference {
  readonly fault: FaultKind;
  /** What its selector must name. */
  readonly target: 'router' | 'node' | 'link';
  readonly sentence: string;
  /** What stands under `with:`. */
  readonly parameters: readonly ParameterRow[];
}

export function faultReference(): FaultReference[] {
  return FAULT_KINDS.map((fault) => {
    const { docs, target, with: settings } = definitionOf(fault);
    return { fault, target, sentence: docs, parameters: parameterRows(settings) };
  });
}
