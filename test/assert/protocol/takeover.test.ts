/** When a takeover is expected (L2, L4), and when the expectation is void. */
import { expect, it } from 'vitest';
import { calm, Stream } from '../../support/election.ts';
import { crashed, newcomer } from '../../support/elections.ts';

const cable = (s: Stream, ms: number, router = 2): Stream =>
  s.change(ms, { kind: 'link', router, up: false });

type Row = readonly [what: string, id: string, make: () => Stream, until: number];

const VOID: readonly Row[] = [
  ['the stream ends before it is due', 'L2', crashed, 12_900],
  ['something else happens at that instant', 'L2', () => cable(crashed(), 9_500), 20_000],
  ['another disturbance before it is due', 'L2', () => cable(crashed(), 12_900), 20_000],
  [
    'an advert is lost before it is due',
    'L2',
    () => crashed().advert(12_900, 2, [0], 100, [1]).takes(14_000, 1),
    20_000,
  ],
  ['no router was the Active', 'L2', () => new Stream().boot().crash(1_000, 0), 2_000],
  ['a Backup crashes', 'L2', () => calm(20_000).crash(9_500, 1), 20_000],
  ['no Backup is left', 'L2', () => crashed().crash(9_400, 1).crash(9_300, 2), 20_000],
  ['the old Active has a fault', 'L4', () => newcomer().role(11_000, 1, 'FAULT'), 20_000],
  ['a worse router starts', 'L4', () => calm(20_000).crash(8_000, 2).start(14_000, 2), 20_000],
];

it.each(VOID)('void: %s', (_, id, make, until) => {
  expect(make().judge(until, id)).toEqual([]);
});

const HOLDS: readonly (readonly [...Row, at: number, who: number[]])[] = [
  ['a disturbance when it was overdue', 'L2', () => cable(crashed(), 13_000), 20_000, 13_000, []],
  ['the stream ends when it was overdue', 'L2', crashed, 12_918, 12_918, []],
  [
    'another router takes over, then the expected one, too late',
    'L4',
    () => newcomer().role(11_000, 2, 'MASTER', 'no-response').takes(13_300, 0),
    20_000,
    13_300,
    [0],
  ],
  [
    'the expected router does not take over',
    'L4',
    () => newcomer().adverts(10_414.5, 20_000, 1),
    20_000,
    15_414.5,
    [0],
  ],
  [
    'a Backup leaves for Active, the old Active too early',
    'L4',
    () => newcomer().yields(11_000, 1),
    11_500,
    11_000,
    [1],
  ],
];

it.each(HOLDS)('holds: %s', (_, id, make, until, at, who) => {
  const found = make().judge(until, id);
  expect(
    found.map((violation) => [violation.invariant, violation.at / 1_000, violation.routers]),
  ).toEqual([[id, at, who]]);
});
