/** Explores the cluster in its argument with the built program and prints what it took, as JSON. */

import { clusterOf } from '../../dist/explore/exhaustive/cluster.js';
import { newCheck, reportOf, runCheck } from '../../dist/explore/exhaustive/exhaustive.js';

const { spec, remember } = JSON.parse(process.argv[2]);
const check = newCheck(clusterOf(spec), { remember });
const begin = process.cpuUsage();
const seconds = () => {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
};
let searched;
for (const _ of runCheck(check, 20_000_000)) if (check.quiet !== undefined) searched ??= seconds();
const all = seconds();
const { complete, states, violations, coverage } = reportOf(check);
process.stdout.write(
  JSON.stringify({ complete, states, violations, coverage, searched: searched ?? all, all }),
);
