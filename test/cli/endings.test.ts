/** How the program ends: signals, readers that go away, places that cannot be written. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { halab, shell, sleep, start } from '../support/halab.ts';
import { PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-ends-'));
  writeFileSync(join(folder, 'pair.yaml'), PAIR_YAML);
});
afterEach(() => rmSync(folder, { recursive: true }));

function scenario(is: string, rest = '', file = 'one.yaml'): string {
  const path = join(folder, file);
  const text = `version: 1
name: one
topology: pair.yaml
${rest}
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: ${is}, within: 5s }
`;
  writeFileSync(path, text);
  return path;
}

const sim = (...args: string[]) =>
  halab(['run', '--backend', 'sim', '--output-dir', join(folder, 'out'), ...args]);

/** An expression that only backtracking can run, over a page that makes it run forever. */
function endless(body: string): string {
  const path = join(folder, 'endless.yaml');
  const text = `version: 1
name: endless
topology:
  version: 1
  name: t
  networks: { lan: { subnet: 10.0.0.0/24 } }
  nodes:
    gw1: { role: router, attach: { lan: 10.0.0.1 } }
    gw2: { role: router, attach: { lan: 10.0.0.2 } }
    web1: { role: web, attach: { lan: 10.0.0.11 } }
  virtual_routers:
    web:
      vrid: 51
      network: lan
      addresses: [10.0.0.100/24]
      members: { gw1: { priority: 150 }, gw2: { priority: 100 } }
  virtual_servers:
    http:
      listen: 10.0.0.100:80
      pool: [web1]
      check: { type: http, every: 100ms, body: '${body}' }
steps:
  - name: Settle
    wait: 5s
  - name: Answer something else
    fault: service.body
    target: node(web1)
    with: { body: ${'a'.repeat(60)}b }
  - name: Look
    expect:
      - pool: { of: http, is: [], within: 10s }
`;
  writeFileSync(path, text);
  return path;
}

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends a run in order and reports the results so far',
    async (signal) => {
      const json = join(folder, 'r.json');
      const file = scenario('gw1', 'repeat: { count: 1000 }');
      const { child, ended } = start([
        ...['run', '--backend', 'sim', '--output-dir', join(folder, 'out'), file],
        ...['--reporter', `list,json=${json}`],
      ]);
      child.stdout?.once('data', () => child.kill(signal));
      const { status, out, err } = await ended;
      expect(status).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
      expect(err).toContain(`halab: ${signal}: taking the lab down; once more ends it at once`);
      expect(out).toContain('INTERRUPTED  1 not finished');
      expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
        ok: false,
        ended: 'interrupted',
      });
    },
  );
});

describe('an expression in the simulator', () => {
  it('is answered if it can be evaluated in linear time', () => {
    const { status, out } = sim(endless('^(b+)+$|^web1'));
    expect([status, out]).toEqual([0, expect.stringContaining('PASS endless')]);
  });

  it('is an environment error if it is cut off, never an answer', () => {
    const { status, out, err } = sim(endless('^(?!x)(a+)+$|^web1'));
    expect(err).toContain('was cut off after 2 s, so the check has no answer');
    expect(out).toContain('ERROR  1 not finished');
    expect(status).toBe(4);
  });

  it('does not prevent the program from ending', async () => {
    const { child, ended } = start([
      'run',
      '--backend',
      'sim',
      '--output-dir',
      folder,
      endless('^(?!x)(a+)+$|^web1'),
    ]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const firstOutput = new Promise((resolve) => child.stderr?.once('data', resolve));
    child.kill('SIGTERM');
    await Promise.race([firstOutput, ended]);
    child.kill('SIGTERM');
    const end = await Promise.race([ended, sleep(10_000)]);
    expect(['SIGTERM', 143]).toContain(end?.signal ?? end?.status ?? 'still runs');
  });
});

describe('a reader that closes the pipe', () => {
  it.each([
    [
      'standard output',
      '$HALAB run scenarios/preempt-return.yaml --backend sim | head -n 1',
      'halab · sim (asked for) · seed 1\n',
    ],
    [
      'both outputs',
      '$HALAB run scenarios/preempt-return.yaml --backend sim 2>&1 | head -n 1',
      'halab · sim (asked for) · seed 1\n',
    ],
    ['both, at once', '$HALAB run scenarios/preempt-return.yaml --backend sim 2>&1 | true', ''],
    ['of an error', '$HALAB run nowhere.yaml 2>&1 | true', ''],
  ])('%s: the program runs to its end', (_, command, out) => {
    const begin = performance.now();
    expect(shell(command)).toMatchObject({ status: 0, out, err: '' });
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('does not change the exit code', () => {
    const failing = scenario('gw2');
    const command = `$HALAB run ${failing} --backend sim --output-dir ${folder}/out | true; echo \${PIPESTATUS[0]}`;
    expect(shell(command).out).toBe('1\n');
  });

  it('handles the first signal, even if both outputs are broken', async () => {
    const cells = Array.from({ length: 200 }, (_, n) => n).join(', ');
    const file = scenario('gw1', `matrix: { n: [${cells}] }\nrepeat: { count: 1000 }`);
    const { child, ended } = start([
      'run',
      '--backend',
      'sim',
      '--output-dir',
      join(folder, 'out'),
      file,
    ]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill('SIGTERM');
    const end = await Promise.race([ended, sleep(20_000)]);
    expect(end?.status).toBe(143);
  });
});

describe('a full device', () => {
  it.each(['run scenarios/preempt-return.yaml --backend sim', 'schema topology', '--help'])(
    'as standard output: %s',
    (args) => {
      const { status, err } = shell(`$HALAB ${args} > /dev/full`);
      expect([status, err]).toEqual([
        4,
        expect.stringContaining('standard output cannot be written: ENOSPC'),
      ]);
    },
  );

  it('does not hide a failed run', () => {
    const { status, err } = shell(
      `$HALAB run ${scenario('gw2')} --backend sim --output-dir ${folder}/out > /dev/full`,
    );
    expect([status, err]).toEqual([1, expect.stringContaining('ENOSPC')]);
  });
});

describe('a place that cannot be written', () => {
  it.each([
    ['the output folder in /proc', ['--output-dir', '/proc/x/y']],
    ['the output folder below a file', ['--output-dir', '/etc/hostname/x']],
    ['a report on a full device', ['--reporter', 'list,json=/dev/full']],
    ['a report in a folder that is a file', ['--reporter', 'junit=/etc/hostname/x.xml']],
    ['a report that is a folder', ['--reporter', 'json=/tmp']],
  ])('is an error before the run starts: %s', (_, args) => {
    const { status, out, err } = halab([
      'run',
      '--backend',
      'sim',
      'scenarios/preempt-return.yaml',
      ...args,
    ]);
    expect([status, out]).toEqual([4, '']);
    expect(err).toContain('cannot be written');
    expect(err).not.toContain('bug');
  });

  it('is refused if it is a pipe without a reader, and accepted with one', () => {
    const pipe = join(folder, 'pipe');
    shell(`mkfifo ${pipe}`);
    const args = `run scenarios/preempt-return.yaml --backend sim --output-dir ${folder}/out`;
    expect(shell(`$HALAB ${args} --reporter json=${pipe}`).status).toBe(4);
    const read = shell(`cat ${pipe} & $HALAB ${args} --reporter json=${pipe}; wait`);
    expect(read.out).toContain('"schema": "halab.run/1"');
  });

  it('two reports in one place are an error', () => {
    const { status, err } = sim('scenarios/preempt-return.yaml', '--reporter', 'json=a,junit=./a');
    expect([status, err]).toEqual([
      2,
      expect.stringContaining('the second would replace the first'),
    ]);
  });

  it('is reported for the other commands, too', () => {
    expect(halab(['schema', 'topology', '--write', '/proc/nope']).status).toBe(4);
    expect(halab(['check', '--losses', '0', '--crashes', '0', '--json', '/proc/nope']).status).toBe(
      4,
    );
    expect(
      halab(['explore', '--runs', '1', '--workers', '1', '--corpus', '/proc/nope']).status,
    ).toBe(4);
  });

  it('keeps and prints the verdict if the evidence is lost during the run', () => {
    // The test file fits on the device, the capture does not.
    const out = join(folder, 'out');
    writeFileSync(join(folder, 'limit.sh'), `ulimit -f 8\n"$@"\n`);
    const file = scenario('gw2');
    const run = shell(
      `bash ${folder}/limit.sh $HALAB run ${file} --backend sim --output-dir ${out} 2>&1`,
    );
    expect(run.out).toContain('FAIL one');
    expect(run.out).toContain('evidence   lost: EFBIG');
    expect(run.status).toBe(1);
  });

  it('never lets a run pass whose requested evidence was lost', () => {
    writeFileSync(join(folder, 'limit.sh'), `ulimit -f 8\n"$@"\n`);
    const file = scenario('gw1');
    const run = shell(
      `bash ${folder}/limit.sh $HALAB run ${file} --backend sim --keep --output-dir ${folder}/out 2>&1`,
    );
    expect([run.status, run.out]).toEqual([4, expect.stringContaining('PASS one')]);
    expect(run.out).toContain('ERROR  1 passed');
  });
});

describe('evidence', () => {
  it('of two scenarios with one name, and of a second run, is kept separate', () => {
    const files = [scenario('gw2', '', 'one.yaml'), scenario('gw2', '', 'two.yaml')];
    expect([sim(...files).status, sim(...files).status]).toEqual([1, 1]);
    const out = join(folder, 'out');
    const runs = readdirSync(out)
      .filter((name) => name !== 'latest')
      .sort();
    expect(runs).toHaveLength(2);
    for (const run of runs) expect(readdirSync(join(out, run)).sort()).toEqual(['one', 'one-2']);
    expect(readlinkSync(join(out, 'latest'))).toBe(runs.at(-1));
  });

  it('of a passed run is not kept: no folder remains', () => {
    expect(sim(scenario('gw1')).status).toBe(0);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('does not replace a file of the user named `latest`', () => {
    mkdirSync(join(folder, 'out', 'latest'), { recursive: true });
    writeFileSync(join(folder, 'out', 'latest', 'mine'), 'x');
    expect(sim(scenario('gw2')).status).toBe(1);
    expect(readdirSync(join(folder, 'out', 'latest'))).toEqual(['mine']);
  });

  it('is named in a command that a shell can run', () => {
    const odd = join(folder, "it's $(odd)");
    mkdirSync(odd);
    writeFileSync(join(odd, 'pair.yaml'), PAIR_YAML);
    const file = scenario('gw2', '', "it's $(odd)/one.yaml");
    const { out } = sim(file);
    const [, command = ''] = /reproduce {2}npx halab (.*)/.exec(out) ?? [];
    expect(shell(`$HALAB ${command} --output-dir ${folder}/again`).status).toBe(1);
  });
});

describe('nothing to run', () => {
  const dirs = (): string => {
    mkdirSync(join(folder, 'empty'));
    return join(folder, 'empty');
  };

  it.each([['run'], ['validate']])('%s reports it and exits with 5', (verb) => {
    const { status, err } = halab([verb, dirs()]);
    expect([status, err]).toEqual([
      5,
      expect.stringMatching(/^halab: nothing to run: no \.yaml or \.yml file in .*\n$/),
    ]);
  });

  it('lists the values of the matrix', () => {
    const { status, err } = sim('scenarios/master-crash.yaml', '--matrix', 'advert=7s');
    expect([status, err]).toEqual([
      5,
      'halab: nothing to run: no cell has advert=7s; there are advert=1s, advert=100ms\n',
    ]);
  });

  it('an empty list in a matrix is an error at its line', () => {
    const { status, err } = sim(scenario('gw1', 'matrix: { a: [] }'));
    expect([status, err]).toEqual([
      2,
      expect.stringContaining('one.yaml:4:14: error: the matrix has no cell'),
    ]);
  });
});

describe('DOCKER_HOST', () => {
  it.each([
    'garbage',
    'http://',
    'unix://',
    'tcp://[::1',
    'npipe:////./pipe/x',
    'tcp://127.0.0.1:1',
    'fd://',
  ])('%j is an environment error', (DOCKER_HOST) => {
    const { status, err } = halab(['clean'], { DOCKER_HOST });
    expect([status, err]).toEqual([4, expect.stringContaining('DOCKER_HOST')]);
  });
});
