/** Listens to nothing. */
import type { ElectionListener } from '../observe/election.ts';

export const SILENT: ElectionListener = {
  change: () => undefined,
  sent: () => undefined,
  heard: () => undefined,
  missed: () => undefined,
  jumped: () => undefined,
  ends: () => undefined,
};
