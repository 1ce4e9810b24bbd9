import { expect, it } from 'vitest';
import { frr } from '../../src/kind/frr.ts';
import { keepalived } from '../../src/kind/keepalived.ts';
import { configOf } from '../../src/kind/render.ts';
import { buildText, commitOf, versionIn } from '../../src/observe/engine-build.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const [node] = topology.nodes;
if (node === undefined) throw new Error('a node');
const config = configOf(topology, node);

it.each([
  ['keepalived', 'Keepalived v2.2.7 (01/16,2022)\n\nCopyright(C)', '2.2.7', undefined],
  [
    'keepalived',
    'Keepalived v2.2.7 (03/22,2022), git commit v2.2.7-137-g75f30737\n',
    '2.2.7-137-g75f30737',
    '75f30737',
  ],
  [
    'keepalived',
    'Keepalived v2.2.7 (03/22,2022), git commit v2.2.7-137-g75f30737+\n',
    '2.2.7-137-g75f30737+',
    '75f30737',
  ],
  [
    'keepalived',
    'Keepalived v2.4.3 (unknown), git commit 0123abcd\n',
    '2.4.3-g0123abcd',
    '0123abcd',
  ],
  ['keepalived', 'Keepalived v2.2.7-137-g75f30737 (x)\n', '2.2.7-137-g75f30737', '75f30737'],
  ['keepalived', 'Keepalived v2.4.3 (07/20,2026), git commit v2.4.3\n', '2.4.3', undefined],
  ['frr', 'vrrpd version 8.4.4\nCopyright', '8.4.4', undefined],
  ['frr', 'vrrpd version 10.1-dev-g0123abcdef\n', '10.1-dev-g0123abcdef', '0123abcdef'],
  ['keepalived', 'sh: not found', undefined, undefined],
])('%s: %s', (kind, output, version, commit) => {
  const plan = (kind === 'frr' ? frr : keepalived).router({ config });
  expect(versionIn(output, plan.version?.pattern ?? /$^/)).toBe(version);
  expect(version === undefined ? undefined : commitOf(version)).toBe(commit);
});

it('has a short text', () => {
  expect(buildText({ engine: 'frr', version: '8.4.4', commit: undefined })).toBe('frr 8.4.4');
  expect(buildText({ engine: 'frr', version: undefined, commit: undefined })).toBe('frr');
});
