/** Signed adverts, unicast and a virtual MAC, as seen on the wire. */
import { expect, it } from 'vitest';
import { parseFrame } from '../../../src/net/frame.ts';
import { TRAILER_BYTES } from '../../../src/net/hmac-trailer.ts';
import { loadScenario, NO_OVERRIDES } from '../../../src/scenario/scenario-file.ts';
import { halab } from '../../support/ask.ts';
import { withLab } from '../../support/docker.ts';

const FILE = 'scenarios/signed-unicast-vmac.yaml';
/** Of a version 3 advert with one IPv4 address. */
const PLAIN_BYTES = 12;

it('halab signs its adverts, sends them to its peers, and uses the virtual MAC', async () => {
  const [scenario] = loadScenario(FILE, { ...NO_OVERRIDES, matrix: { engine: 'halab' } }).scenarios;
  if (scenario === undefined) throw new Error('a scenario');
  await withLab(scenario.topology, async (run) => {
    const adverts = (vrid: number) =>
      run.frames.flatMap(({ frame }) => {
        const parsed = parseFrame(frame);
        return parsed.kind === 'vrrp' && parsed.message[1] === vrid ? [{ frame, ...parsed }] : [];
      });
    await run.until('adverts of each', () => [1, 2, 3].every((vrid) => adverts(vrid).length > 5));
    const [signed] = adverts(1);
    expect(signed?.message.length).toBe(PLAIN_BYTES + TRAILER_BYTES);
    for (const advert of adverts(2)) {
      expect(advert.message.length).toBe(PLAIN_BYTES);
      // At the start either may be Active for a moment; only the other one receives its adverts.
      expect([advert.source, advert.destination].sort()).toEqual(['10.50.9.11', '10.50.9.12']);
    }
    const [vmac] = adverts(3);
    expect(vmac?.destination).toBe('224.0.0.18');
    expect(Buffer.from(vmac?.frame.subarray(6, 12) ?? []).toString('hex')).toBe('00005e000103');
  });
});

it('each engine takes over from halab where it supports the settings, and reports the others', () => {
  const place = ['--backend', 'docker', '--output-dir', '/tmp/halab-speaking'];
  const { status, stdout } = halab(['run', FILE, ...place]);
  for (const engine of ['halab', 'keepalived', 'frr'])
    expect(stdout).toContain(`PASS signed-unicast-vmac engine=${engine}`);
  expect(stdout).toContain('frr cannot send adverts to peers');
  expect(status).toBe(0);
});
