import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/net/frame.ts';
import { between } from '../../../src/time.ts';
import { elected, STORIES } from '../../support/contract.ts';
import { type DockerRun, leftovers, withLab } from '../../support/docker.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const ADVERT = 100_000;

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

  it('gives a node only NET_ADMIN and NET_RAW, and no way out', async () => {
    await withLab(topology, async (run) => {
      const list = await run.docker.listContainers({
        filters: { label: [`halab.run=${run.runId}`] },
      });
      expect(list).toHaveLength(6);
      for (const { Id, Labels } of list) {
        const { HostConfig } = await run.docker.getContainer(Id).inspect();
        const name = Labels['halab.node'] ?? '';
        const rights = { 'halab-tap': ['NET_RAW'], 'halab-host': ['NET_ADMIN'] }[name];
        expect(HostConfig.Privileged).toBe(false);
        expect(HostConfig.CapDrop).toEqual(['ALL']);
        expect(HostConfig.CapAdd).toEqual(rights ?? ['NET_ADMIN', 'NET_RAW']);
        expect(HostConfig.SecurityOpt).toContain('no-new-privileges');
        if (rights !== undefined) continue;
        // Docker's resolver: closed, and without a server.
        expect(HostConfig.Dns).toEqual(['127.0.0.1']);
        expect(await execIn(run, Id, ['node', '-e', ASK_DOCKER])).toBe('EHOSTUNREACH');
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

  it.each(STORIES)('%s', async (_name, story) => {
    await withLab(topology, story);
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

const ASK_DOCKER =
  "require('dgram').createSocket('udp4').send('x', 53, '127.0.0.11', (e) => { process.stdout.write(e?.code ?? 'sent'); process.exit(0); })";

async function execIn(run: DockerRun, id: string, command: string[]): Promise<string> {
  const exec = await run.docker
    .getContainer(id)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.trim();
}
