/** The assertions and their parameters as rows: for `halab assertions` and the generated documentation. */
import { type ParameterRow, parameterRows, SCALARS } from '../topology/yaml/schema-rows.ts';
import { bound, type Place } from './assertion.ts';
import { ASSERTIONS, type AssertionKind, placesOf, sliceOf } from './assertions.ts';
import { namedBy } from './names.ts';
import { percentage } from './share.ts';

export interface AssertionReference {
  readonly assertion: AssertionKind;
  readonly places: readonly Place[];
  readonly sentence: string;
  readonly parameters: readonly ParameterRow[];
}

bound.register(SCALARS, { type: 'bound', unit: 'as a duration, or mdi, skew, advert' });
percentage.register(SCALARS, { type: 'percentage', unit: '%' });

export function assertionReference(): AssertionReference[] {
  return (Object.keys(ASSERTIONS) as AssertionKind[]).map((assertion) => {
    const { docs, schema } = sliceOf({ kind: assertion });
    const parameters = parameterRows(schema, namedBy);
    return { assertion, places: placesOf(assertion), sentence: docs, parameters };
  });
}
