/** Entry of the check child. */
import type { CheckInput } from '../../engine/check/io.ts';
import { runChild } from '../process/child.ts';
import type { CheckChildMessage, CheckOrder, CheckReload } from './check-messages.ts';
import { CheckProcess } from './check-process.ts';

runChild<CheckOrder, CheckInput, CheckReload, CheckChildMessage>('checker', (order, tools) => {
  const checks = new CheckProcess(order, tools);
  checks.start();
  return checks;
});
