import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCKS } from '../../../src/engine/conf/blocks.ts';
import { TOP_LEVEL } from '../../../src/engine/conf/global.ts';
import { printConfig } from '../../../src/engine/conf/print.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type { Statement } from '../../../src/engine/text/tree.ts';
import { reference, referenceMarkdown } from '../../docs/keyword-reference.ts';
import { anyConfig } from '../../support/configs.ts';

interface Keyword {
  readonly path: readonly string[];
  readonly keyword: string;
  readonly row: Record<string, unknown>;
}

/** Every keyword of the tables. */
function keywords(rows: object, path: readonly string[] = []): Keyword[] {
  return Object.entries(rows).flatMap(([keyword, row]) => [
    { path, keyword, row },
    ...(typeof row.shape === 'object' ? keywords(row.shape, [...path, keyword]) : []),
  ]);
}

function named(statements: readonly Statement[], path = ''): string[] {
  return statements.flatMap(({ keyword, block }) => [
    `${path}${keyword.text}`,
    ...named(block ?? [], `${path}${keyword.text} `),
  ]);
}

const ALL = keywords(BLOCKS);

/** Keywords that random configurations do not contain. */
const REST = `
static_routes {
  10.7.0.0/16 via 10.0.0.1 dev eth0
}
static_rules {
  from 10.7.0.0/16 table 5 preference 7
}
vrrp_instance I {
  interface eth0
  virtual_router_id 9
  version 3
  strict_mode on
  use_ipvlan ipv0 10.0.0.9/24 vepa
  virtual_ipaddress {
    10.0.0.1
  }
}
vrrp_sync_group G {
  group {
    I
  }
  track_interface {
    eth7
  }
}
virtual_server 10.9.0.1 80 {
  protocol TCP
  alpha
  delay_loop 2.5
  real_server 10.9.0.2 80 {
    MISC_CHECK {
      misc_path /bin/true
      user nobody
    }
    SSL_GET {
      enable_sni
      sni_name www
      url {
        path /
      }
    }
    HTTP_GET {
      enable_sni
      sni_name www
      url {
        path /
      }
    }
  }
}`;
/** Blocks whose rows are printed under another keyword, or as checkers of their own. */
const PRINTED_ELSEWHERE = /^(vrrp_track_file|track_process) |SMTP_CHECK host /;

describe('the keyword reference', () => {
  it('has a sentence for every keyword, or says what is lost', () => {
    const bare = ALL.filter(({ row }) => row.doc === '' && (row.lost ?? '') === '');
    // Keywords inside a block without effect.
    const inLost = ({ path }: Keyword) => path.includes('BFD_CHECK');
    expect(
      bare.filter((keyword) => !inLost(keyword)).map(({ path, keyword }) => [...path, keyword]),
    ).toEqual([]);
  });

  it('lists every keyword of every block', () => {
    const listed = new Set(
      reference().flatMap(({ path, entries }) =>
        entries.map(({ keyword }) => [...path, keyword].join(' ')),
      ),
    );
    const missing = ALL.filter(({ path, keyword }) => !listed.has([...path, keyword].join(' ')));
    // Blocks that are described under another spelling of their keyword, or have no effect.
    const elsewhere = ['vrrp_track_file', 'track_process', 'SSL_GET', 'bfd_instance', 'BFD_CHECK'];
    expect(
      missing.filter(({ path }) => !path.some((keyword) => elsewhere.includes(keyword))),
    ).toEqual([]);
    expect(listed.size).toBeGreaterThan(350);
  });

  it('is a Markdown table with type, default and loss', () => {
    const text = referenceMarkdown();
    expect(text).toContain('### `vrrp_instance`');
    expect(text).toMatch(/\| `priority` \| whole number 1\.\.255 \| 100 \| /);
    expect(text).toMatch(/\| `enable_dbus` \| +\| +\| No effect: halabd is not on D-Bus/);
    expect(text).toContain('### `virtual_server` > `real_server` > `HTTP_GET` > `url`');
    for (const line of text.split('\n').filter((row) => row.startsWith('|')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6);
  });
});

describe('a keyword that is printed', () => {
  it('is parsed back in some configuration', () => {
    const printed = new Set<string>();
    const rest = parseConfig(REST, 'k.conf').config;
    for (const config of [rest, ...fc.sample(anyConfig, { seed: 4, numRuns: 200 })]) {
      const { config: read, statements } = parseConfig(printConfig(config), 'k.conf');
      expect(read).toEqual(config);
      for (const name of named(statements)) printed.add(name);
    }
    const prints = [...ALL, ...keywords(TOP_LEVEL)].filter(({ row }) => row.print !== undefined);
    const never = prints
      .map(({ path, keyword }) => [...path, keyword].join(' '))
      .filter((name) => !printed.has(name) && !PRINTED_ELSEWHERE.test(name));
    expect([...new Set(never)]).toEqual([]);
    expect(prints.length).toBeGreaterThan(150);
  });
});
