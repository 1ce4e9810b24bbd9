import { expect, it } from 'vitest';
import { createChecks, stepChecks } from '../../../src/engine/check/checks.ts';
import { describeChecks } from '../../../src/engine/check/status.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { serverMib } from '../../../src/engine/snmp/server-mib.ts';
import { instant } from '../../../src/time.ts';

const TEXT = `virtual_server_group farm {\n 2001:db8::100 80\n}
virtual_server 10.0.0.100 80 {
 protocol TCP\n lvs_sched wrr\n lvs_method NAT\n persistence_timeout 50\n quorum 2\n omega
 sorry_server 10.0.2.9 8080
 real_server 10.0.1.1 81 {\n weight 3\n inhibit_on_failure\n notify_up "/bin/up now"
  TCP_CHECK { warmup 0\n retry 0 }\n }
 real_server 10.0.1.2 82 {\n smtp_alert off\n }
}
virtual_server group farm {\n protocol UDP\n lvs_method DR\n real_server 2001:db8::1 80 {\n }\n}
virtual_server fwmark 7 {\n smtp_alert on\n real_server 10.0.1.3 80 {\n }\n}\n`;

/** Its first server is down, for which its checker is asked once. */
function rows(): string[] {
  const { config, issues } = parseConfig(TEXT, 'lvs.conf');
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  const state = createChecks(config);
  const ended = { kind: 'probe-ended', checker: 'check-1', probe: 1, ok: false } as const;
  const inputs = [{ kind: 'startup' }, { kind: 'wake' }, { ...ended, detail: 'refused' }] as const;
  for (const input of inputs) stepChecks(state, input, instant(0), () => {});
  const source = {
    config,
    router: null,
    checks: describeChecks(state),
    refused: {},
    version: '1.2.3',
    routerId: 'lb1',
    uptime: 0,
    indexOf: () => 0,
  };
  expect(serverMib({ ...source, checks: null })).toEqual([]);
  return serverMib(source).map(({ oid, value }) => {
    if (!('value' in value)) throw new Error('a row has a value in every column');
    const shown =
      value.value instanceof Uint8Array ? Buffer.from(value.value).toString('latin1') : value.value;
    return `${oid.slice(9).join('.')} ${shown}`;
  });
}
/** Columns of one row. */
const row = (entry: string, index: string): Record<string, string> =>
  Object.fromEntries(
    rows().flatMap((line) => {
      const [, column = '', value = ''] =
        new RegExp(`^${entry}\\.(\\d+)\\.${index} (.*)$`, 's').exec(line) ?? [];
      return column === '' ? [] : [[column, value]];
    }),
  );

it('KEEPALIVED-MIB lists a virtual server by address with scheduler, servers and quorum', () => {
  expect(row('3.3.1', '1')).toEqual({
    2: '2',
    5: '1',
    6: '\x0a\x00\x00\x64',
    7: '80',
    8: '1',
    9: '2',
    10: '1',
    11: '1',
    13: '1',
    14: '50',
    17: '2',
    18: '2',
    19: '1',
    20: '2',
    21: '1',
    22: '2',
    23: '2',
    24: '',
    25: '',
    26: '0',
    37: '2',
    61: '2',
  });
});

it('KEEPALIVED-MIB lists a virtual server by group, and by firewall mark without a protocol', () => {
  expect(row('3.3.1', '2')).toMatchObject({ 2: '3', 3: 'farm', 8: '2', 10: '2', 13: '2', 23: '1' });
  expect(row('3.3.1', '3')).toMatchObject({ 2: '1', 4: '7', 8: '4', 61: '1' });
});

it('KEEPALIVED-MIB lists real servers with state, traffic and sorry server', () => {
  expect(row('3.4.1', '1.1')).toEqual({
    2: '1',
    3: '1',
    4: '\x0a\x00\x01\x01',
    5: '81',
    6: '2',
    7: '3',
    8: '0',
    9: '0',
    10: '2',
    11: '/bin/up now',
    12: '',
    13: '1',
    40: '1',
    47: '1',
  });
  expect(row('3.4.1', '1.2')).toMatchObject({ 6: '1', 10: '1', 13: '0', 47: '2' });
  expect(row('3.4.1', '1.3')).toEqual({
    2: '2',
    3: '1',
    4: '\x0a\x00\x02\x09',
    5: '8080',
    40: '1',
  });
  expect(row('3.4.1', '2.1')).toMatchObject({ 3: '2', 40: '2' });
});
