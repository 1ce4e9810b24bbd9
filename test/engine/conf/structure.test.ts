/**
 * Broken block structure, as keepalived 2.2.7 reads it: an unknown keyword opens no block, so the
 * next `}` closes the enclosing block. Each value was seen in keepalived's dump.
 */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';

const ADDRESS = 'virtual_ipaddress {\n10.0.0.1\n}';

function vrrp(lines: string, name = 'A', vrid = 1, addresses = ADDRESS): string {
  return `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\n${lines}\n${addresses}\n}\n`;
}

/** Name, VRID, priority and addresses of each instance. */
function instances(text: string): string[] {
  const { config, outcome } = parseConfig(text, 'k.conf');
  expect(outcome).toBe('runs');
  return config.instances.map(({ name, vrid, priority, addresses }) =>
    [name, vrid, priority, ...addresses.map(({ address }) => address)].join(' '),
  );
}

function findings(text: string): string[] {
  return parseConfig(text, 'k.conf').issues.map(({ line, message }) => `${line} ${message}`);
}

const B = vrrp('priority 8', 'B', 2);

describe('an unknown block', () => {
  it.each([
    [
      'in an instance ends it at its own end',
      `${vrrp('foo {\npriority 7\n}\npriority 8')}${B}`,
      ['A 1 7', 'B 2 8 10.0.0.1'],
    ],
    [
      'in another one ends the instance at the inner end',
      vrrp('foo {\nbar {\npriority 7\n}\npriority 8\n}\npriority 9'),
      ['A 1 7'],
    ],
    [
      'at the top is transparent',
      `foo {\n${vrrp('priority 7')}}\n${B}`,
      ['A 1 7 10.0.0.1', 'B 2 8 10.0.0.1'],
    ],
    [
      'in a sync group ends it',
      `vrrp_sync_group G {\ngroup {\nA\n}\nfoo {\nx\n}\nnotify /bin/true\n}\n${vrrp('priority 6')}`,
      ['A 1 6 10.0.0.1'],
    ],
  ])('%s', (_, text, expected) => {
    expect(instances(text)).toEqual(expected);
  });

  it('in global_defs closes global_defs for the lines after it', () => {
    const text = `global_defs {\nfoo {\n}\nrouter_id x\n}\n${B}`;
    expect(parseConfig(text, 'k').config.global.routerId).toBeUndefined();
    expect(findings(text)).toEqual([
      '2 unknown keyword "foo": it is ignored',
      '2 a block without a keyword: what stands in it counts out here',
      '4 unknown keyword "router_id": it is ignored',
      '5 a } without a block',
    ]);
    expect(instances(text)).toEqual(['B 2 8 10.0.0.1']);
  });

  it('includes one after a byte order mark; an invisible blank makes a keyword unknown', () => {
    const text = `\uFEFFglobal_defs {\nrouter_id x\n}\n${vrrp('\u00A0priority 7')}`;
    expect(parseConfig(text, 'k').config.global.routerId).toBeUndefined();
    expect(findings(text).filter((finding) => finding.includes('unknown'))).toEqual([
      '1 unknown keyword "\uFEFFglobal_defs": it is ignored',
      '2 unknown keyword "router_id": it is ignored',
      '7 unknown keyword "\u00A0priority": it is ignored',
    ]);
    expect(instances(text)).toEqual(['A 1 100 10.0.0.1']);
  });

  it('for a misspelt vrrp_instance defines no instance', () => {
    const text = B.replace('vrrp_instance', 'vrrp_instanc');
    expect(instances(text)).toEqual([]);
    const keywords = [
      'vrrp_instanc',
      'interface',
      'virtual_router_id',
      'priority',
      'virtual_ipaddress',
    ];
    expect(findings(text).filter((finding) => finding.includes('unknown'))).toEqual(
      [...keywords, '10.0.0.1'].map(
        (word, i) => `${i + 1} unknown keyword "${word}": it is ignored`,
      ),
    );
  });
});

describe('a brace', () => {
  it.each([
    [
      'that is missing at the end takes the next instance into this one',
      vrrp('priority 5').slice(0, -2) + vrrp('priority 6', 'B', 2),
      ['A 2 6 10.0.0.1 10.0.0.1'],
    ],
    [
      'too many is ignored',
      `${vrrp('priority 5')}}\n}\n${B}`,
      ['A 1 5 10.0.0.1', 'B 2 8 10.0.0.1'],
    ],
    [
      'after a keyword without a block opens a block of the enclosing one',
      vrrp('priority 4 {\npriority 5\n}\npriority 6'),
      ['A 1 5'],
    ],
    [
      'after other values on the line opens no block',
      'vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 1\npriority 4 virtual_ipaddress { 10.0.0.1 }\n}',
      ['A 1 4'],
    ],
    [
      'may stand on a line with everything else',
      'vrrp_instance A { interface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.1 } priority 4 }',
      ['A 1 4 10.0.0.1'],
    ],
    [
      'that is missing at the beginning is reported, and thought there',
      vrrp('virtual_ipaddress\n10.0.0.9\n}\npriority 6', 'A', 1, ''),
      ['A 1 6 10.0.0.9'],
    ],
    [
      'in a list of lines is a line of it',
      vrrp('virtual_routes {\n10.1.0.0/16 via 10.0.0.9 {\n}\npriority 6'),
      ['A 1 6 10.0.0.1'],
    ],
  ])('%s', (_, text, expected) => {
    expect(instances(text)).toEqual(expected);
  });

  it('if missing, is reported at the end of the file', () => {
    expect(findings(vrrp('').slice(0, -2)).at(-1)).toMatch(/never closed/);
  });
});

describe('a keyword', () => {
  it('is ignored with its block where it is not known', () => {
    expect(instances(`priority 3\n${ADDRESS}\n${vrrp('state BACKUP')}`)).toEqual([
      'A 1 100 10.0.0.1',
    ]);
  });

  it('that needs one name is skipped with its block if it has none or two', () => {
    const nameless = 'vrrp_instance A B {\ninterface eth0\n}\nvrrp_instance {\ninterface eth0\n}\n';
    expect(instances(nameless + vrrp('priority 6'))).toEqual(['A 1 6 10.0.0.1']);
    expect(findings(nameless).slice(0, 2)).toEqual([
      '1 vrrp_instance has one name: the block is skipped',
      '4 vrrp_instance has one name: the block is skipped',
    ]);
  });
});
