import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { halabOnce, reportAskedAgain } from '../../support/ask.ts';
import { ROOT } from '../../support/netns.ts';

const folder = mkdtempSync(join(tmpdir(), 'halab-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly text: string;
}

interface Report {
  readonly engine: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly scenarios: readonly {
    readonly file: string;
    readonly status: string;
    readonly reason: string | null;
    readonly cell: Readonly<Record<string, string>>;
    readonly verdicts: readonly Said[];
    readonly skipped: readonly (Said & { readonly reason: string })[];
    readonly repeats: readonly { readonly verdicts: readonly Said[] }[];
  }[];
}

interface Answer {
  readonly report: Report;
  readonly output: string;
  readonly status: number | null;
}

/** Attempts of a cell that the lab reports as inconclusive because the machine was too busy. */
const MOST_ASKED = 3;

function halab(files: readonly string[], ...options: string[]): Answer {
  const first = run(...files, ...options);
  let { output } = first;
  const scenarios = first.report.scenarios.map((asked) => {
    let report = asked;
    for (let times = 1; report.status === 'inconclusive' && times < MOST_ASKED; times++) {
      const cell = Object.entries(report.cell).flatMap((each) => ['--matrix', each.join('=')]);
      reportAskedAgain([report.file, ...cell], `INCONCLUSIVE \n  ${report.reason}`);
      const again = run(report.file, ...cell, ...options);
      report = again.report.scenarios[0] ?? report;
      output += again.output;
    }
    return report;
  });
  const passed = scenarios.every((scenario) => scenario.status === 'passed');
  return { report: { ...first.report, scenarios }, output, status: passed ? 0 : first.status };
}

function run(...args: string[]): Answer {
  const json = join(folder, 'result.json');
  rmSync(json, { force: true });
  const reporter = `list,json=${json}`;
  const fixed = ['--backend', 'docker', '--output-dir', folder, '--reporter', reporter];
  const { output, status } = halabOnce(['run', ...args, ...fixed]);
  return { report: JSON.parse(readFileSync(json, 'utf8')), output, status };
}

describe('every engine as master with every engine as backup', () => {
  it('moves every virtual router on a crash, a return and a stop; cells that FRR cannot run are skipped', () => {
    const { report, output } = halab(['scenarios/interop.yaml']);
    expect(
      report.scenarios.filter(({ status }) => status !== 'passed'),
      output,
    ).toEqual([]);
    expect(report.scenarios).toHaveLength(9);
    for (const { cell, verdicts, skipped, repeats } of report.scenarios) {
      const frr = Object.values(cell).includes('frr');
      // On the crash, the return and the stop, each variant of the pair must have moved.
      const moves = repeats
        .flatMap((scenario) => scenario.verdicts)
        .filter(({ text }) => /^owner:/.test(text));
      for (const variant of ['two', 'three', 'six', ...(frr ? [] : ['pass', 'ah'])]) {
        const wanted = new RegExp(`of: ${variant},`);
        expect([cell, variant, moves.filter(({ text }) => wanted.test(text)).length]).toEqual([
          cell,
          variant,
          4,
        ]);
        expect(verdicts.filter(({ text }) => text.includes(`vip: ${variant},`))).toHaveLength(2);
      }
      expect(skipped.length > 0).toBe(frr);
      for (const { text, reason } of skipped) {
        expect(text).toMatch(/(pass|ah)(-udp)?,/);
        expect(reason).toContain('frr cannot authenticate');
      }
    }
    expect(report.engine).toBe('frr, halab, keepalived');
    expect(report.environment).toMatchObject({
      keepalived: expect.stringMatching(/^keepalived \d+\.\d+/),
      frr: expect.stringMatching(/^frr \d+\.\d+/),
    });
  }, 600_000);
});

describe('differences between engines', () => {
  it('are as documented', () => {
    const files = ['mismatch', 'mismatch-keepalived', 'losing-advert', 'losing-advert-frr'];
    const more = ['invalid-adverts', 'invalid-adverts-keepalived'];
    const { report, output } = halab([...files, ...more].map((name) => `scenarios/${name}.yaml`));
    expect(
      report.scenarios.map(({ status }) => status),
      output,
    ).toEqual(Array(8).fill('passed'));
  }, 300_000);
});

describe('a firewall that drops one or two adverts', () => {
  it.each(['halab', 'keepalived', 'frr'])('causes no takeover from %s', (engine) => {
    const { report, output } = halab(
      ['scenarios/firewall-reload.yaml'],
      '--engine',
      engine,
      '--repeat',
      '1',
    );
    expect(
      report.scenarios.map(({ status }) => status),
      output,
    ).toEqual(['passed']);
  });
});

describe("the user's own", () => {
  const topology = (nodes: string): string => {
    const text = readFileSync(join(ROOT, 'topologies/two-node.yaml'), 'utf8');
    const path = join(folder, 'topology.yaml');
    const head = '  gw2:\n    role: router\n';
    writeFileSync(path, text.replace(head, `${head}${nodes}`));
    return path;
  };

  it('build of keepalived runs in its node with its libraries, and the result names it', () => {
    copyFileSync('/usr/sbin/keepalived', join(folder, 'my-keepalived'));
    const file = topology('    engine: { kind: keepalived, path: ./my-keepalived }\n');
    const { report, output, status } = halab(['scenarios/graceful-stop.yaml'], '--topology', file);
    expect(status, output).toBe(0);
    expect(report.environment.keepalived).toMatch(/^keepalived \d+\.\d+/);
  }, 120_000);

  it('keepalived.conf runs in its node', () => {
    const own = `# written by hand
vrrp_instance web {
    interface lan
    virtual_router_id 51
    version 3
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.50.1.100/24
    }
}
`;
    writeFileSync(join(folder, 'own.conf'), own);
    const file = topology('    config: ./own.conf\n');
    const { output, status } = halab(
      ['scenarios/graceful-stop.yaml'],
      '--topology',
      file,
      '--keep',
    );
    expect(status, output).toBe(0);
    // Of the last run: an inconclusive one before it shows what it could not prove.
    expect(output.split('halab · docker').at(-1)).not.toContain('FAILED');
    // The program of the node is part of the evidence.
    const ran = spawnSync('grep', ['-rl', 'written by hand', join(folder, 'latest/')], {
      encoding: 'utf8',
    });
    expect(ran.stdout).toContain('gw2');
  }, 120_000);
});
