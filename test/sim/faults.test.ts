/** Every fault of the simulator has an effect, its heal reverts it, and the owner returns. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { neededOf } from '../../src/fault/definition.ts';
import { definitionOf, FAULT_KINDS, type FaultKind } from '../../src/fault/faults.ts';
import { SIM_FAULTS } from '../../src/sim/faults/faults.ts';
import { cellOf, runCell } from '../support/run-cell.ts';

const TOPOLOGY = `
version: 1
name: faults
networks: { lan: { subnet: 10.50.6.0/24 } }
nodes:
  gw1: { role: router, attach: { lan: 10.50.6.11 } }
  gw2: { role: router, attach: { lan: 10.50.6.12 } }
  web1: { role: web, attach: { lan: 10.50.6.21 }, services: { http: 80, https: 443 } }
  client: { role: client, attach: { lan: 10.50.6.200 } }
virtual_routers:
  web:
    vrid: 51
    network: lan
    addresses: [10.50.6.100/24]
    advert_interval: 100ms
    track: { check: { every: 200ms, weight: -60 } }
    members: { gw1: { priority: 150 }, gw2: { priority: 100 } }
virtual_servers:
  plain: { listen: 10.50.6.100:80, pool: [web1], check: { type: http, every: 200ms, timeout: 100ms } }
  secure: { listen: 10.50.6.100:443, pool: [web1], check: { type: https, every: 200ms, timeout: 100ms } }
  echo: { listen: 10.50.6.100:8080, pool: [web1], check: { type: ping, every: 200ms, timeout: 100ms } }
probes:
  vip: { from: client, to: 10.50.6.100 }
`;

/** The parameters that a fault needs, and what the cluster needs so that it has an effect. */
const SETTINGS: Readonly<Record<string, unknown>> = { by: '50ms', from: 'gw2' };

function stepOf(kind: FaultKind): Record<string, unknown> {
  const { target, with: settings } = definitionOf(kind);
  const needed = Object.fromEntries(neededOf(settings).map((key) => [key, SETTINGS[key]]));
  const node = /^(port|icmp|service|tls)\./.test(kind) ? 'node(web1)' : 'node(gw1)';
  return {
    name: 'Strike',
    fault: kind,
    target: target === 'link' ? 'link(gw1, lan)' : node,
    with: kind.startsWith('tls.') ? { service: 'https' } : needed,
  };
}

it.each(FAULT_KINDS.filter((kind) => !('cannot' in SIM_FAULTS[kind])))(
  '%s has an effect, and the owner returns after its heal',
  async (kind) => {
    const back = { owner: { of: 'web', is: 'gw1', within: '10s' } };
    const steps = [
      { name: 'Settle', expect: [back] },
      stepOf(kind),
      { name: 'While it lasts', wait: '2s' },
      { name: 'Heal', heal: 'all' },
      { name: 'Back', expect: [back, { 'steady-state': { for: '1s' } }] },
    ];
    const folder = mkdtempSync(join(tmpdir(), 'halab-faults-'));
    const result = await runCell(cellOf(folder, TOPOLOGY, stringify({ steps })), { folder });
    expect(result.status, JSON.stringify(result.repeats[0]?.verdicts)).toBe('passed');
    expect(result.repeats[0]?.faults).toHaveLength(1);
  },
);
