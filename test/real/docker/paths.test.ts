/** Filters on the path from one peer, and their exact packet counts, on real kernels. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sendersOf } from '../../../src/observe/senders.ts';
import { elected, inject } from '../../support/contract.ts';
import { type DockerRun, withLab } from '../../support/docker.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const pair = topologyOf(PAIR_YAML);
const six = topologyOf(readFileSync('topologies/pair-v6.yaml', 'utf8'));

const gw1 = (run: DockerRun) => ({
  node: 'gw1',
  addresses: sendersOf('gw1', run.topology, run.timeline),
});

const adverts = (run: DockerRun, since: number): number =>
  run.timeline.of('advert').filter(({ node, at }) => node === 'gw1' && at > since).length;

describe('a path between two nodes in Docker', () => {
  it('is cut over IPv6, where adverts come from an address outside the topology', async () => {
    await withLab(six, async (run) => {
      await elected(run);
      const from = gw1(run);
      expect(from.addresses.filter((address) => address.startsWith('fe80::'))).toHaveLength(1);
      await run.strike('cut', { kind: 'vrrp.block', node: 'gw2', direction: 'in', from });
      await run.until('both hold the addresses', () => run.owners().length === 2);
      await run.lab.heal('cut');
      await elected(run);
    });
  });

  it('loses exactly the given number of packets with other filters in place, then none', async () => {
    await withLab(pair, async (run) => {
      await elected(run);
      const from = gw1(run);
      const lose = { kind: 'vrrp.lose', node: 'gw2', from, count: 5 } as const;
      const block = await run.strike('block', {
        kind: 'vrrp.block',
        node: 'gw2',
        direction: 'in',
        from,
      });
      const injection = run.lab.inject({ id: 'lose', fault: lose }, run.lab.clock.now());
      await run.until('blocked adverts', () => adverts(run, block) > 4);
      // The blocked adverts do not count among the five.
      expect(await counter(run, 'gw2', 'halab_lose')).toBe(0);
      await run.lab.heal('block');
      const since = run.lab.clock.now();
      await run.until('more adverts', () => adverts(run, since) > 9);
      expect(await counter(run, 'gw2', 'halab_lose')).toBe(5);
      expect(injection.outcome()).toMatchObject({ ok: true });
    });
  });

  it('stays cut while its node is off and on again', async () => {
    await withLab(pair, async (run) => {
      await elected(run);
      const from = gw1(run);
      await run.strike('off', { kind: 'node.kill', node: 'gw2' });
      const cut = { kind: 'vrrp.block', node: 'gw2', direction: 'in', from } as const;
      expect(await inject(run.lab, { id: 'cut', fault: cut })).toMatchObject({ ok: true });
      await run.lab.heal('off');
      await run.until('both hold the address', () => run.owners().length === 2);
      await run.lab.heal('cut');
      await elected(run);
    });
  });
});

/** The packets of the only counting rule of a table. */
async function counter(run: DockerRun, node: string, table: string): Promise<number> {
  const label = [`halab.run=${run.runId}`, `halab.node=${node}`];
  const [container] = await run.docker.listContainers({ filters: { label } });
  const exec = await run.docker.getContainer(container?.Id ?? '').exec({
    Cmd: ['nft', 'list', 'table', 'netdev', table],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  let text = '';
  for await (const chunk of await exec.start({ Tty: true })) text += String(chunk);
  const [, packets] = /counter packets (\d+)/.exec(text) ?? [];
  if (packets === undefined) throw new Error(text);
  return Number(packets);
}
