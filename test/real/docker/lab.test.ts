import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/net/frame.ts';
import { between } from '../../../src/time.ts';
import { type DockerRun, leftovers, withLab } from '../../support/docker.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const MDI = 360_938;
const ADVERT = 100_000;

const elected = (run: DockerRun): Promise<void> =>
  run.until('gw1 owns the address', () => run.owners().join() === 'gw1');

/** t2 - t1 - MDI: what the backup added to its timer. */
function overhead(run: DockerRun, at: number): number {
  const adverts = run.timeline.of('advert');
  const first = adverts.find(({ node, at: when }) => node === 'gw2' && when >= at);
  const last = adverts.findLast(({ node, at: when }) => node === 'gw1' && when < (first?.at ?? 0));
  if (first === undefined || last === undefined) throw new Error('no takeover was seen');
  return between(last.at, first.at) - MDI;
}

describe('a lab in Docker', () => {
  it('elects the higher priority, serves the client, and leaves nothing behind', async () => {
    let runId = '';
    await withLab(topology, async (run) => {
      runId = run.runId;
      await elected(run);
      await run.until(
        'gw1 answers',
        () =>
          run.timeline.probes
            .get('vip')
            ?.settledOn('gw1', { from: run.lab.clock.now(), to: run.lab.clock.now() }) !==
            undefined || run.frames.length > 200,
      );
      expect(run.lab.environment()).toMatchObject({ world: 'docker' });
    });
    expect(await leftovers(runId)).toEqual([]);
  });

  it('gives a node NET_ADMIN and NET_RAW and nothing more, and no way out', async () => {
    await withLab(topology, async (run) => {
      const list = await run.docker.listContainers({
        filters: { label: [`halab.run=${run.runId}`] },
      });
      expect(list).toHaveLength(5);
      for (const { Id, Labels } of list) {
        const { HostConfig } = await run.docker.getContainer(Id).inspect();
        const tap = Labels['halab.node'] === 'halab-tap';
        expect(HostConfig.Privileged).toBe(false);
        expect(HostConfig.CapDrop).toEqual(['ALL']);
        expect(HostConfig.CapAdd).toEqual(tap ? ['NET_RAW'] : ['NET_ADMIN', 'NET_RAW']);
        expect(HostConfig.SecurityOpt).toContain('no-new-privileges');
        if (tap) continue;
        expect(
          await execIn(run, Id, [
            'node',
            '-e',
            "process.stdout.write(''+require('fs').readFileSync('/proc/net/route','utf8').split('\\n').filter(l=>l.split('\\t')[1]==='00000000').length)",
          ]),
        ).toBe('0');
      }
      const [network] = await run.docker.listNetworks({
        filters: { label: [`halab.run=${run.runId}`] },
      });
      expect(network?.Options).toMatchObject({
        'com.docker.network.bridge.enable_ip_masquerade': 'false',
        'com.docker.network.bridge.inhibit_ipv4': 'true',
      });
      expect(network?.Internal).toBe(false);
    });
  });

  it('sees each frame exactly once', async () => {
    await withLab(topology, async (run) => {
      await elected(run);
      await run.until('a thousand frames', () => run.frames.length > 1_000);
      const digests = run.frames
        .filter(({ frame }) => parseFrame(frame).kind === 'udp')
        .map(({ frame }) => createHash('sha1').update(frame).digest('hex'));
      // Every probe packet has its own sequence number, so a digest seen twice is a frame seen twice.
      expect(new Set(digests).size).toBe(digests.length);
      expect(digests.length).toBeGreaterThan(500);
      const stamps = run.timeline
        .of('advert')
        .filter(({ node }) => node === 'gw1')
        .map(({ at }) => at);
      for (const [i, at] of stamps.slice(1).entries())
        expect(between(stamps[i] ?? at, at)).toBeGreaterThan(ADVERT / 2);
    });
  });

  it('powers a node off without a farewell, and on again', async () => {
    await withLab(topology, async (run) => {
      await elected(run);
      const at = await run.strike('f', { kind: 'node.kill', node: 'gw1' });
      await run.until('gw2 owns the address', () => run.owners().join() === 'gw2');
      expect(run.timeline.of('advert').filter(({ priority }) => priority === 0)).toEqual([]);
      expect(
        run.timeline
          .of('advert')
          .filter(({ node, at: when }) => node === 'gw1' && when > at + 1_000),
      ).toEqual([]);
      expect(overhead(run, at)).toBeGreaterThan(-1_000);
      await run.lab.heal('f');
      await elected(run);
    });
  });

  it('stops, kills and pauses processes with the effect each must have', async () => {
    await withLab(topology, async (run) => {
      await elected(run);
      await run.strike('stop', { kind: 'node.stop', node: 'gw1' });
      await run.until('gw2 owns the address', () => run.owners().join() === 'gw2');
      expect(run.timeline.of('advert').filter(({ priority }) => priority === 0)).toHaveLength(1);
      expect(
        await run.lab.inject(
          { id: 'again', fault: { kind: 'node.stop', node: 'gw1' } },
          run.lab.clock.now(),
        ),
      ).toMatchObject({ ok: false });
      await run.lab.heal('stop');
      await elected(run);

      await run.strike('kill', { kind: 'process.kill', node: 'gw1', process: 'all' });
      await run.until(
        "both hold the address: the dead one's kernel keeps it",
        () => run.owners().length === 2,
      );
      expect(run.timeline.of('advert').filter(({ priority }) => priority === 0)).toHaveLength(1);
      await run.lab.heal('kill');
      await elected(run);

      await run.strike('child', { kind: 'process.kill', node: 'gw1', process: 'vrrp' });
      await run.until('the child was started again', () =>
        run.timeline.of('log').some(({ text }) => text.includes('started again at once')),
      );
      await elected(run);

      await run.strike('pause', { kind: 'process.pause', node: 'gw1', process: 'all' });
      await run.until('both hold the address', () => run.owners().length === 2);
      await run.lab.heal('pause');
      await elected(run);
    });
  });

  it('pulls cables and filters protocol 112', async () => {
    await withLab(topology, async (run) => {
      await elected(run);
      await run.strike('cable', { kind: 'link.down', node: 'gw1', network: 'lan' });
      await run.until('gw2 owns the address', () => run.owners().join() === 'gw2');
      expect(run.timeline.of('state').findLast(({ node }) => node === 'gw1')).toMatchObject({
        state: 'FAULT',
        reason: 'interface-down',
      });
      await run.lab.heal('cable');
      await elected(run);

      for (const direction of ['both', 'out'] as const) {
        await run.strike(direction, { kind: 'vrrp.block', node: 'gw1', direction });
        await run.until('both hold the address', () => run.owners().length === 2);
        await run.lab.heal(direction);
        await elected(run);
      }
      await run.strike('in', { kind: 'vrrp.block', node: 'gw2', direction: 'in' });
      await run.until('both hold the address', () => run.owners().length === 2);
      await run.lab.heal('in');
      await elected(run);
    });
  });

  it('runs version 2 as well', async () => {
    await withLab(
      topologyOf(
        PAIR_YAML.replace('network: lan', 'network: lan\n    protocol: vrrp2').replace(
          '100ms',
          '1s',
        ),
      ),
      async (run) => {
        await elected(run);
        expect(run.timeline.of('advert').every(({ version }) => version === 2)).toBe(true);
      },
    );
  });
});

async function execIn(run: DockerRun, id: string, command: string[]): Promise<string> {
  const exec = await run.docker
    .getContainer(id)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.trim();
}
