import { describe, expect, it } from 'vitest';
import { printConfig } from '../../src/engine/conf/print.ts';
import { frr } from '../../src/kind/frr.ts';
import { halab } from '../../src/kind/halab.ts';
import { keepalived } from '../../src/kind/keepalived.ts';
import { keepalivedConf } from '../../src/kind/keepalived-conf.ts';
import { configOf } from '../../src/kind/render.ts';
import { readRendered } from '../../src/sim/router-host.ts';
import { simulate } from '../support/sim.ts';
import { PAIR_YAML, problemsOf, topologyOf } from '../support/topology.ts';

const KEY = 'a-key-of-32-characters-or-so-0123';
const HEX = `hex:${'0a'.repeat(32)}`;

/** `more`: settings of the virtual router, in flow style or one per line. */
function yaml(...more: string[]): string {
  return PAIR_YAML.replace('vrid: 51', ['vrid: 51', ...more].join('\n    '));
}

function config(text: string, which = 0) {
  const topology = topologyOf(text);
  const node = topology.nodes[which];
  if (node === undefined) throw new Error('a node');
  return configOf(topology, node);
}

const SIGNED = yaml(`authentication: { type: hmac, key: ${KEY} }`);
const UNICAST = yaml('unicast: true');
const VMAC = yaml('use_vmac: true');
const ALL = yaml(
  `authentication: { type: hmac, key: "${HEX}" }`,
  'unicast: true',
  'use_vmac: true',
);

describe('signed adverts, unicast and a virtual MAC in a topology', () => {
  it('are off by default', () => {
    const [instance] = config(PAIR_YAML).instances;
    expect(instance).toMatchObject({ hmac: undefined, unicast: undefined, vmac: undefined });
  });

  it('are rendered as keepalived keywords', () => {
    const text = keepalivedConf(config(ALL), '/fifo').replaceAll(/\s+/g, ' ');
    expect(text).toContain(`auth_hmac { key 1 ${HEX} active_key 1 }`);
    expect(text).toContain('unicast_src_ip 10.0.0.1 unicast_peer { 10.0.0.2 }');
    expect(text).toContain('use_vmac vrrp4-51-0 vmac_xmit_base');
    const plain = keepalivedConf(config(VMAC), '/fifo');
    expect(plain).toContain('use_vmac vrrp4-51-0\n');
    expect(plain).not.toContain('vmac_xmit_base');
  });

  it.each([SIGNED, UNICAST, VMAC, ALL])('are parsed by halab as rendered (%#)', (text) => {
    for (const which of [0, 1]) {
      const parsed = config(text, which);
      const back = readRendered({ path: 'x', text: printConfig(parsed) });
      expect(back.instances[0]).toMatchObject({
        hmac: parsed.instances[0]?.hmac,
        unicast: parsed.instances[0]?.unicast,
        source: parsed.instances[0]?.source,
        vmac: parsed.instances[0]?.vmac,
      });
    }
  });

  it('distinguish a text key from a key of bytes, and include the time window', () => {
    const hex = Buffer.from(KEY).toString('hex');
    expect(config(SIGNED).instances[0]?.hmac).toMatchObject({
      keys: [{ id: 1, source: KEY, hex }],
      timeWindow: 5_000_000,
    });
    const slow = SIGNED.replace('100ms', '4s');
    expect(config(slow).instances[0]?.hmac).toMatchObject({ timeWindow: 12_000_000 });
  });

  it('include own peers of a member', () => {
    const own = UNICAST.replace('gw2: { priority: 100 }', 'gw2: { unicast_peers: [10.0.0.77] }');
    expect(config(own, 1).instances[0]?.unicast?.peers).toMatchObject([{ address: '10.0.0.77' }]);
  });

  it('are refused with the reason by an engine without support', () => {
    const kernel = { ipvs: false };
    expect(frr.cannot(config(SIGNED), kernel, undefined)).toEqual([
      'sign adverts: it takes no authentication',
    ]);
    expect(frr.cannot(config(UNICAST), kernel, undefined)).toEqual([
      'send adverts to peers: it speaks to the group only',
    ]);
    // Its addresses are always on a virtual MAC.
    expect(frr.cannot(config(VMAC), kernel, undefined)).toEqual([]);
    for (const kind of [keepalived, halab])
      expect(kind.cannot(config(ALL), kernel, undefined)).toEqual([]);
    expect(keepalived.router({ config: config(SIGNED) }).needs).toEqual([
      { router: 'web', what: 'sign adverts (auth_hmac)', since: '2.4.0' },
    ]);
    expect(keepalived.router({ config: config(UNICAST) }).needs).toEqual([]);
  });

  it.each([
    [yaml('authentication: { type: hmac }'), /hmac needs a key/],
    [yaml('authentication: { type: hmac, key: short }'), /32 to 64 of/],
    [yaml(`authentication: { type: hmac, key: "hex:${'0a'.repeat(31)}" }`), /32 to 64 of/],
    [
      yaml('authentication: { type: hmac, key: "file:/etc/shadow-and-more-characters" }'),
      /32 to 64/,
    ],
    [yaml(`authentication: { type: hmac, key: ${KEY}, password: x }`), /hmac has no password/],
    [yaml('authentication: { type: pass, password: x }'), /only VRRP version 2 has authentication/],
    [
      yaml('protocol: vrrp2', 'authentication: { type: ah }').replace('100ms', '1s'),
      /ah needs a pass/,
    ],
    [
      yaml('protocol: vrrp2', `authentication: { type: ah, password: x, key: ${KEY} }`).replace(
        '100ms',
        '1s',
      ),
      /ah has no key/,
    ],
    [
      PAIR_YAML.replace('{ priority: 100 }', '{ unicast_peers: [10.0.0.1] }'),
      /is multicast . Write unicast/,
    ],
    [
      UNICAST.replace('{ priority: 100 }', '{ unicast_peers: ["fe80::1"] }'),
      /is a virtual router of IPv4/,
    ],
    [yaml('unicast: sometimes'), /unicast/],
    [yaml('use_vmacs: true'), /use_vmac/],
  ])('report an error (%#)', (text, message) => {
    expect(JSON.stringify(problemsOf(text))).toMatch(message);
  });

  it('may be used with version 2, too', () => {
    expect(
      problemsOf(
        SIGNED.replace('vrid: 51', 'vrid: 51\n    protocol: vrrp2').replace('100ms', '1s'),
      ),
    ).toEqual([]);
  });
});

describe('in the simulator', () => {
  it.each([
    ['signed', SIGNED],
    ['unicast', UNICAST],
  ])('%s adverts elect an owner, and the Backup takes over', async (_, text) => {
    const run = await simulate(topologyOf(text));
    await run.pass(2);
    expect(run.owners()).toEqual(['gw1']);
    await run.strike('f', { kind: 'node.kill', node: 'gw1' });
    await run.pass(2);
    expect(run.owners()).toEqual(['gw2']);
  });

  it('a different key and a missing peer leave two owners', async () => {
    const lonely = UNICAST.replace(
      '{ priority: 150 }',
      '{ priority: 150, unicast_peers: [10.0.0.77] }',
    );
    const run = await simulate(topologyOf(lonely));
    await run.pass(2);
    expect(run.owners()).toEqual(['gw1', 'gw2']);
  });
});
