/** The invariants for which a lab has the evidence: those that do not depend on which router received an advert. */
export const EVIDENCED = [
  'S3',
  'S4',
  'S5',
  'S6',
  'S7',
  'S8',
  'S9',
  'S12',
  'T1',
  'T4',
  'T5',
  'L1',
  'L8',
  'P1',
  'P2',
  'P3',
  'P4',
] as const;

/** What `protocol` judges unless a scenario says otherwise. */
export const DEFAULT_CHECKS: readonly (typeof EVIDENCED)[number][] = [
  'S3',
  'S4',
  'S5',
  'S7',
  'S8',
  'S9',
  'S12',
];
