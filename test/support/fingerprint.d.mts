import type { ElectionListener } from '../../src/observe/election.ts';

export interface Fingerprint extends ElectionListener {
  /** Sixteen hexadecimal digits. */
  digest(): string;
}
export const Fingerprint: new () => Fingerprint;
