import { expect, it } from 'vitest';
import { plainConfig } from '../../src/engine/core/config.ts';
import { transitionLine } from '../../src/kind/frr.ts';
import { configOf } from '../../src/kind/render.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const [gw1] = topology.nodes;
const { instances } = gw1 === undefined ? plainConfig([]) : configOf(topology, gw1);
const HEAD = '2026/11/30 07:00:00 VRRP: [X1-Y2] [VRID 51] [IPv4]';

it.each([
  ['Initialize -> Backup', 'BACKUP'],
  ['Backup -> Master', 'MASTER'],
  ['Master -> Initialize', 'INIT'],
  // An unknown state of a later version is passed to the judge.
  ['Master -> Going down', 'Going down'],
])('FRR reports %s', (text, state) => {
  const claim = { kind: 'state', instance: 'web', state, reason: 'log', detail: text };
  expect(transitionLine(instances, `${HEAD} ${text}`)).toEqual(claim);
});

it('a line of another or of no virtual router is no claim', () => {
  expect(transitionLine(instances, `${HEAD.replace('51', '52')} Backup -> Master`)).toBeUndefined();
  expect(transitionLine(instances, 'Backup -> Master')).toBeUndefined();
});
