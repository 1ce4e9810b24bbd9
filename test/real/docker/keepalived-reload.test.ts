/** keepalived reads another priority at SIGHUP, and its own again when the fault heals. */
import { expect, it } from 'vitest';
import { configChange } from '../../../src/fault/config-change.ts';
import { elected } from '../../support/contract.ts';
import { withLab } from '../../support/docker.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(PAIR_YAML.replace('gw1: { role: router', '$&, engine: keepalived'));

it('a keepalived reads another priority on reload', async () => {
  await withLab(topology, async (run) => {
    await elected(run);
    const change = configChange({ priority: 90, of: 'web' }, 'gw1', topology);
    if (typeof change === 'string') throw new Error(change);
    expect(change.files.map(({ path }) => path)).toEqual(['/etc/keepalived/keepalived.conf']);
    await run.strike('low', { kind: 'process.reload', node: 'gw1', change });
    await run.until('gw2 owns the address', () => run.owners().join() === 'gw2');
    await run.lab.heal('low');
    await elected(run);
  });
});
