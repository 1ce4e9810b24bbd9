/** The rows of the endurance run. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../support/netns.ts';
import { report } from '../row.ts';
import { INTERVAL, PASSING } from './configs.ts';
import { type Meter, type Role, traces } from './meter.ts';
import type { Host, Nodes } from './nodes.ts';
import {
  causeOf,
  covered,
  DOWN,
  lasts,
  type Overlap,
  type Span,
  stalls,
  type Wire,
} from './wire.ts';

/** Adverts that crossed on their way. */
const CROSSED_S = INTERVAL / 2;
const ROLES: readonly Role[] = ['parent', 'vrrp child', 'check child'];
export const HOSTS: readonly Host[] = ['a', 'b'];

const count = (text: string, what: string): number => text.split(what).length - 1;

export function reportActions(nodes: Nodes, addressNews: readonly string[], least: number): void {
  const { counts, net } = nodes;
  const outputs = HOSTS.map((host) => nodes.output(host));
  const sum = (what: string): number => outputs.reduce((all, text) => all + count(text, what), 0);
  const changes = addressNews.join('\n').match(/ 10\.50\.[234]\.\d+\//g)?.length ?? 0;
  const runs = HOSTS.map((host) => statSync(join(net.folder, `${host}.runs`)).size);
  const row = (name: string, value: number, bound?: string): void =>
    report({
      name: `endurance: ${name}`,
      value,
      unit: '',
      ...(bound === undefined ? {} : { bound }),
    });
  row('reloads of each node', counts.reloads);
  row(
    'reloads reported as done by both nodes',
    sum('halabd: reloaded '),
    `>= ${2 * counts.reloads}`,
  );
  row('children killed', counts.kills);
  row('of them in bursts of eight', counts.bursts * 8);
  row('interfaces deleted and made anew', counts.links);
  row('virtual addresses added and removed', changes, `>= ${least}`);
  row(
    'scripts run',
    runs.reduce((all, value) => all + value, 0),
  );
  row(
    'full queues (ENOBUFS) reported when announcing',
    sum('could not be announced on lan: ENOBUFS'),
    '>= 1',
  );
  row('lost address notifications (ENOBUFS) reported', sum('were lost (ENOBUFS)'), '>= 1');
}

export function reportGrowth(meter: Meter): void {
  for (const host of HOSTS)
    for (const role of ROLES) {
      const { seconds, descriptors, ...growth } = meter.growth(host, role);
      const row = rowsOf(host, role);
      row(', the life measured', seconds, 's');
      row(': memory at its end (proportional)', growth.megabytes, 'MB');
      row(': memory without files grew by', growth.anonymousMegabytes, 'MB');
      row(': its descriptors grew by', descriptors, '', '<= 2');
    }
}

/** Rows of a traced run. `bounded`: the run is long enough for a bound. */
export function reportHeaps(meter: Meter, nodes: Nodes, bounded: boolean): void {
  for (const host of HOSTS)
    for (const role of ROLES) {
      const { seconds, megabytes, percent } = meter.heap(host, role, nodes.output(host));
      const row = rowsOf(host, role);
      row(', the life whose collections were traced', seconds, 's');
      row(': heap after a full collection, at its end', megabytes, 'MB');
      row(': that grew by', percent, '%', bounded ? '<= 5' : undefined);
    }
}

type Row = (what: string, value: number, unit: string, bound?: string) => void;

function rowsOf(host: Host, role: Role): Row {
  return (what, value, unit, bound) =>
    report({
      name: `endurance: ${role} of ${host}${what}`,
      value,
      unit,
      ...(bound === undefined ? {} : { bound }),
    });
}

/** Virtual routers with two owners without a cause. */
export function reportWire(nodes: Nodes, wire: Wire, whole: Span): number {
  const stalled = HOSTS.flatMap((host) => stalls(nodes.output(host)));
  const longestStall = Math.max(0, ...stalled.map((cause) => lasts(cause) - DOWN - INTERVAL));
  const causes = [...nodes.causes, ...stalled];
  const overlaps = wire.overlaps().filter((overlap) => overlap.from >= whole.from);
  const unexplained = overlaps.filter((overlap) => causeOf(overlap, causes) === undefined);
  const two = unexplained.filter((overlap) => lasts(overlap) > CROSSED_S);
  const longest = (all: typeof overlaps): number => Math.max(0, ...all.map(lasts)) * 1_000;
  printOverlaps('two owners', two);
  const silent = wire
    .silent()
    .filter(
      (overlap) =>
        overlap.from >= whole.from && overlap.to <= whole.to && !PASSING.includes(overlap.vrid),
    )
    .filter((overlap) => causeOf(overlap, causes) === undefined);
  printOverlaps('silent', silent);
  const excused = covered(causes, whole) / lasts(whole);
  report({
    name: 'endurance: the longest time that an Active did not run',
    value: longestStall * 1_000,
    unit: 'ms',
  });
  report({ name: 'endurance: adverts on the wire', value: wire.adverts, unit: '' });
  report({ name: 'endurance: time that a cause explains', value: excused * 100, unit: '%' });
  report({
    name: 'endurance: two owners at once with a cause',
    value: overlaps.length - unexplained.length,
    unit: '',
  });
  report({
    name: 'endurance: the longest of them',
    value: longest(overlaps.filter((overlap) => !unexplained.includes(overlap))),
    unit: 'ms',
  });
  report({
    name: 'endurance: adverts that crossed, the longest',
    value: longest(unexplained.filter((overlap) => !two.includes(overlap))),
    unit: 'ms',
  });
  report({
    name: 'endurance: two owners at once without a cause',
    value: two.length,
    unit: '',
    bound: '<= 0',
  });
  report({
    name: 'endurance: silences of three intervals without a cause',
    value: silent.length,
    unit: '',
    bound: '<= 0',
  });
  return two.length;
}

/** The seconds with overlaps, their number and the longest. */
function printOverlaps(what: string, all: readonly Overlap[]): void {
  for (const second of new Set(all.map(({ from }) => Math.floor(from)))) {
    const overlaps = all.filter(({ from }) => Math.floor(from) === second);
    const when = new Date(second * 1_000).toISOString();
    const longest = Math.round(Math.max(...overlaps.map(lasts)) * 1_000);
    console.log(`${what} at ${when}: ${overlaps.length} virtual routers, ${longest} ms`);
  }
}

/** What remains and what was removed after the nodes stopped in order. */
export async function reportEnd(nodes: Nodes, before: readonly string[][]): Promise<string[]> {
  const { net } = nodes;
  for (const host of HOSTS) process.kill(nodes.parent(host), 'SIGTERM');
  const codes = await Promise.all(HOSTS.map((host) => nodes.daemons[host]?.exit));
  await pause(1_000);
  const wrong = HOSTS.flatMap((host, i) => {
    const [was, is] = [before[i] ?? [], traces(net, host)];
    return [
      ...is.filter((line) => !was.includes(line)).map((line) => `${host} has ${line}`),
      ...was.filter((line) => !is.includes(line)).map((line) => `${host} lacks ${line}`),
    ];
  });
  const files = readdirSync(net.folder).filter((name) => name.endsWith('.pid'));
  const ends = codes.flatMap((code) => (code === 0 ? [] : [`exit code ${code}`]));
  wrong.push(...files, ...ends);
  const name = 'endurance: left behind or missing in the end';
  report({ name, value: wrong.length, unit: '', bound: '<= 0' });
  return wrong;
}
