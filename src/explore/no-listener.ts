/** Ignores every change of an election. */
import type { ElectionListener } from '../observe/election.ts';

export const NO_LISTENER: ElectionListener = {
  change: () => undefined,
  sent: () => undefined,
  heard: () => undefined,
  missed: () => undefined,
  jumped: () => undefined,
  ends: () => undefined,
};
