import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { agentAddress } from '../../../src/engine/core/config-process.ts';
import { globalMib, keepalivedMib } from '../../../src/engine/snmp/keepalived-mib.ts';
import type { MibSource } from '../../../src/engine/snmp/source.ts';
import { groupTraps, refusedTraps, stateTraps } from '../../../src/engine/snmp/traps.ts';
import { answer, type MibView, viewOf } from '../../../src/engine/snmp/view.ts';
import { vrrpv2Mib } from '../../../src/engine/snmp/vrrpv2-mib.ts';
import { vrrpv3Mib } from '../../../src/engine/snmp/vrrpv3-mib.ts';
import type { Resume } from '../../../src/engine/vrrp/io.ts';
import { stepRouter } from '../../../src/engine/vrrp/router.ts';
import { createRouter, nextRouterDeadline } from '../../../src/engine/vrrp/router-state.ts';
import { describeRouter } from '../../../src/engine/vrrp/status.ts';
import { ip } from '../../../src/net/address.ts';
import { PDU, type SnmpValue, type VarBind } from '../../../src/net/agentx.ts';
import { instant, micros, plus } from '../../../src/time.ts';

const TEXT = `global_defs {
 enable_snmp_rfc\n enable_snmp_vrrp\n enable_traps\n}
vrrp_instance four {\n interface lan\n virtual_router_id 51\n priority 150
 version 2\n virtual_ipaddress { 10.0.0.100/24 }\n}
vrrp_instance six {\n interface lan\n virtual_router_id 52
 virtual_ipaddress { fe80::100/64 }\n}
vrrp_sync_group both {\n group { four six }\n}\n`;

/** Both instances have been Active for 2 s, and one is stopping. */
function source(): MibSource {
  const { config } = parseConfig(TEXT, 'k.conf');
  const router = createRouter(config);
  const emit = (): boolean => true;
  const primary = { primary4: ip('10.0.0.1'), primary6: ip('fe80::1') };
  const status = { name: 'lan', up: true, ...primary };
  let now = instant(0);
  stepRouter(router, { kind: 'interface', status }, now, emit);
  stepRouter(router, { kind: 'startup' } satisfies { kind: 'startup'; resume?: Resume }, now, emit);
  for (let i = 0; i < 100 && !router.instances.every(({ name }) => name === 'MASTER'); i++) {
    now = nextRouterDeadline(router) ?? now;
    stepRouter(router, { kind: 'wake' }, now, emit);
  }
  now = plus(now, micros(2_000_000));
  return {
    config,
    router: describeRouter(router, now),
    checks: null,
    refused: { checksum: 3, version: 1, 'version-mismatch': 2, vrid: 4 },
    version: '1.2.3',
    routerId: 'lb1',
    uptime: 10_000_000,
    indexOf: () => 7,
  };
}

/** `OID value`, bytes as hex. */
const lines = (binds: readonly VarBind[]): string[] =>
  binds.map(({ oid, value }) => `${oid.join('.')} ${shown(value)}`);
function shown(value: SnmpValue): string {
  if (!('value' in value)) return value.kind;
  return value.value instanceof Uint8Array
    ? Buffer.from(value.value).toString('hex')
    : String(value.value);
}

describe('VRRPV3-MIB (RFC 6527)', () => {
  it('lists both families by ifIndex, VRID and InetAddressType', () => {
    const rows = lines(vrrpv3Mib(source()));
    const entry = '1.3.6.1.2.1.207.1.1.1.1';
    expect(rows.filter((line) => line.startsWith(entry))).toEqual([
      `${entry}.3.7.51.1 0a000001`,
      `${entry}.4.7.51.1 0a000001`,
      `${entry}.5.7.51.1 00005e000133`,
      `${entry}.6.7.51.1 3`,
      `${entry}.7.7.51.1 150`,
      `${entry}.8.7.51.1 1`,
      `${entry}.9.7.51.1 100`,
      `${entry}.10.7.51.1 1`,
      `${entry}.11.7.51.1 1`,
      expect.stringMatching(/\.12\.7\.51\.1 \d+$/),
      `${entry}.13.7.51.1 1`,
      `${entry}.3.7.52.2 fe800000000000000000000000000001`,
      `${entry}.4.7.52.2 fe800000000000000000000000000001`,
      `${entry}.5.7.52.2 00005e000234`,
      `${entry}.6.7.52.2 3`,
      `${entry}.7.7.52.2 100`,
      `${entry}.8.7.52.2 1`,
      `${entry}.9.7.52.2 100`,
      `${entry}.10.7.52.2 1`,
      `${entry}.11.7.52.2 1`,
      expect.stringMatching(/\.12\.7\.52\.2 \d+$/),
      `${entry}.13.7.52.2 1`,
    ]);
    expect(rows).toEqual(
      expect.arrayContaining([
        '1.3.6.1.2.1.207.1.1.2.1.2.7.51.1.4.10.0.0.100 1',
        '1.3.6.1.2.1.207.1.2.1.0 3',
        '1.3.6.1.2.1.207.1.2.2.0 3',
        '1.3.6.1.2.1.207.1.2.3.0 4',
        '1.3.6.1.2.1.207.1.2.5.1.1.7.51.1 1',
      ]),
    );
  });
});

describe('VRRP-MIB (RFC 2787)', () => {
  it('lists version 2 only', () => {
    const rows = lines(vrrpv2Mib(source()));
    expect(rows).toEqual(
      expect.arrayContaining([
        '1.3.6.1.2.1.68.1.1.0 2',
        '1.3.6.1.2.1.68.1.2.0 1',
        '1.3.6.1.2.1.68.1.3.1.3.7.51 3',
        '1.3.6.1.2.1.68.1.3.1.7.7.51 0a000001',
        '1.3.6.1.2.1.68.1.3.1.10.7.51 ',
        '1.3.6.1.2.1.68.1.4.1.2.7.51.10.0.0.100 1',
        '1.3.6.1.2.1.68.2.4.1.1.7.51 1',
      ]),
    );
    expect(rows.filter((line) => line.includes('.7.52'))).toEqual([]);
  });
});

describe('KEEPALIVED-MIB', () => {
  it('numbers the instances in the order of the configuration', () => {
    const rows = lines([...globalMib(source()), ...keepalivedMib(source())]);
    const root = '1.3.6.1.4.1.9586.100.5';
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    expect(rows).toEqual(
      expect.arrayContaining([
        `${root}.1.1.0 ${hex('halabd 1.2.3')}`,
        `${root}.1.2.0 ${hex('lb1')}`,
        `${root}.2.1.1.2.1 ${hex('both')}`,
        `${root}.2.1.1.3.1 2`,
        `${root}.2.3.1.2.1 ${hex('four')}`,
        `${root}.2.3.1.4.2 2`,
        `${root}.2.3.1.12.1 1`,
        `${root}.2.3.1.12.2 100`,
        `${root}.2.3.1.18.1 ${hex('both')}`,
        `${root}.2.3.1.35.1 e0000012`,
      ]),
    );
  });

  it('is empty of instances while the child does not answer', () => {
    const silent = { ...source(), router: null };
    expect(lines(keepalivedMib(silent)).some((line) => line.includes('.2.3.1.'))).toBe(false);
  });
});

describe('notifications', () => {
  const about = source();
  const state = {
    kind: 'state',
    instance: 'four',
    from: 'BACKUP',
    to: 'MASTER',
    reason: 'no-response',
    detail: '',
    priority: 150,
  } as const;
  const names = (traps: ReturnType<typeof stateTraps>): string[] =>
    traps.map(({ oid, binds }) => `${oid.join('.')}: ${lines(binds).join(', ')}`);

  it('report a new Active in every MIB', () => {
    expect(names(stateTraps(state, ip('10.0.0.1'), about)).slice(1)).toEqual([
      '1.3.6.1.2.1.207.0.1: 1.3.6.1.2.1.207.1.1.1.1.3.7.51.1 0a000001, 1.3.6.1.2.1.207.1.2.5.1.2.7.51.1 3',
      '1.3.6.1.2.1.68.0.1: 1.3.6.1.2.1.68.1.3.1.7.7.51 0a000001',
    ]);
    const six = { ...state, instance: 'six', reason: 'preempted' } as const;
    expect(names(stateTraps(six, ip('fe80::1'), about))[1]).toMatch(/\.1\.2\.7\.52\.2 2$/);
    expect(stateTraps({ ...state, to: 'FAULT' }, ip('10.0.0.1'), about)).toHaveLength(1);
    expect(groupTraps({ kind: 'group-state', group: 'both', to: 'BACKUP' }, about)).toHaveLength(1);
  });

  it('report protocol errors and failed authentication', () => {
    const refused = (check: string, instance: string | undefined) =>
      names(refusedTraps({ instance, check, source: ip('10.0.0.9') }, about));
    expect(refused('checksum', 'four')).toEqual([
      '1.3.6.1.2.1.207.0.2: 1.3.6.1.2.1.207.1.2.5.1.6.7.51.1 3',
    ]);
    expect(refused('vrid', undefined)).toEqual([
      '1.3.6.1.2.1.207.0.2: 1.3.6.1.2.1.207.1.2.5.1.6.0.0.1 4',
    ]);
    expect(refused('auth-failed', 'four')).toEqual([
      '1.3.6.1.2.1.68.0.2: 1.3.6.1.2.1.68.1.5.0 0a000009, 1.3.6.1.2.1.68.1.6.0 3',
    ]);
    expect(refused('address-list', 'four')).toEqual([]);
  });
});

describe('a lookup', () => {
  const at = (...oid: number[]): VarBind => ({
    oid,
    value: { kind: 'integer', value: oid.at(-1) ?? 0 },
  });
  const view: MibView = viewOf([at(1, 3, 2), at(1, 2), at(1, 3, 1), at(2, 1)]);
  const range = (start: number[], include = false, end: number[] = []) => ({ start, include, end });
  const asked = (type: number, ranges: ReturnType<typeof range>[], nonRepeaters = 0) =>
    lines(answer(type, { nonRepeaters, maxRepetitions: 3, ranges }, view));

  it('Get returns exactly the named object', () => {
    expect(asked(PDU.get, [range([1, 3, 1]), range([1, 3])])).toEqual([
      '1.3.1 1',
      '1.3 no-instance',
    ]);
  });

  it('GetNext returns the next object, itself if included, up to the end', () => {
    expect(asked(PDU.getNext, [range([1, 3])])).toEqual(['1.3.1 1']);
    expect(asked(PDU.getNext, [range([1, 3, 1])])).toEqual(['1.3.2 2']);
    expect(asked(PDU.getNext, [range([1, 3, 1], true)])).toEqual(['1.3.1 1']);
    expect(asked(PDU.getNext, [range([1, 3, 2], false, [2])])).toEqual(['1.3.2 end-of-view']);
    expect(asked(PDU.getNext, [range([2, 1])])).toEqual(['2.1 end-of-view']);
  });

  it('GetBulk returns several rows', () => {
    expect(asked(PDU.getBulk, [range([1]), range([1, 2], false, [1, 3, 2])], 1)).toEqual([
      '1.2 2',
      '1.3.1 1',
      '1.3.1 end-of-view',
    ]);
    expect(asked(PDU.getBulk, [range([1])])).toEqual(['1.2 2', '1.3.1 1', '1.3.2 2']);
  });
});

it.each([
  [undefined, { path: '/var/agentx/master' }],
  ['unix:/run/x', { path: '/run/x' }],
  ['/run/x', { path: '/run/x' }],
  ['tcp:10.0.0.1:7050', { host: '10.0.0.1', port: 7050 }],
  ['localhost', { host: 'localhost', port: 705 }],
  ['[::1]:705', { host: '::1', port: 705 }],
  ['udp:1.2.3.4:705', undefined],
  ['tcp:a:99999', undefined],
])('snmp_socket %s is %o', (text, address) => {
  expect(agentAddress(text)).toEqual(address);
});
