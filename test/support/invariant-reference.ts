/** The invariants of VRRP as rows, for the generated documentation. */
import { INVARIANTS } from '../../src/assert/protocol/catalogue.ts';

export interface InvariantReference {
  readonly id: string;
  readonly title: string;
  /** Sentences with formulas, on one line. */
  readonly rule: string;
  readonly source: string;
}

export function invariantReference(): InvariantReference[] {
  return INVARIANTS.map(({ id, title, rule, source }) => ({
    id,
    title,
    rule: rule.trim().replace(/\s+/g, ' '),
    source,
  }));
}

/** The symbols of the rules, each with its meaning. */
export const SYMBOLS: readonly (readonly [string, string])[] = [
  ['quiet', 'no process, link, path, priority or lost advert has disturbed the virtual router'],
  ['T_stab', 'after this long in quiet surroundings a virtual router is at rest (L1)'],
  ['AI_r', 'Advertisement_Interval of router r as configured; AI*: the largest of all'],
  ['AAI_r', 'Active_Adver_Interval: the interval that r has learnt from adverts'],
  ['M_r', 'Active_Down_Interval of r: 3 AAI_r (or as many as configured) + S_r'],
  ['S_r', 'Skew_Time of r: (256 - priority) / 256 of AAI_r; version 2: of a second'],
  ['D-, D+', 'the least and the largest delay of a frame'],
  ['J', 'D+ - D-: the spread of the delay'],
  ['g', 'how late a timer, a claim or an address may be'],
  ['rho', 'the error of the rate of a clock'],
  ['|C|', 'the number of routers that can hear each other'],
];
