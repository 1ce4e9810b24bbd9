import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAIR_YAML } from '../support/topology.ts';

/** The built program, as a user runs it on an untrusted pull request. */
const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'halab-trust-'));
  mkdirSync(join(top, 'project', '.git'), { recursive: true });
  writeFileSync(join(top, 'project', 'pair.yaml'), PAIR_YAML);
  writeFileSync(join(top, 'pair.yaml'), PAIR_YAML);
});
afterEach(() => rmSync(top, { recursive: true }));

const SCENARIO = `version: 1
name: crash
topology: pair.yaml
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: gw1, within: 5s }
`;

function halab(verb: string, text: string, ...args: string[]) {
  writeFileSync(join(top, 'project', 'crash.yaml'), text);
  const more = verb === 'run' ? ['--backend', 'sim'] : [];
  const run = spawnSync(process.execPath, [HALAB, verb, 'crash.yaml', ...more, ...args], {
    encoding: 'utf8',
    cwd: join(top, 'project'),
    timeout: 20_000,
    env: { ...process.env, HALAB_TEST_NAME: 'gw1' },
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

describe.each(['validate', 'run'])('halab %s of an untrusted file', (verb) => {
  it.each(['/dev/zero', '/etc/shadow', '/proc/self/environ', '../pair.yaml'])(
    'reads nothing outside the project: topology: %s',
    (path) => {
      const { status, out, err } = halab(verb, SCENARIO.replace('pair.yaml', path));
      expect(err).toMatch(/^crash\.yaml:3:11: error: .* is outside the project's folder/);
      expect(err).toContain('--allow-path');
      expect([status, out]).toEqual([2, '']);
    },
  );

  it('does not block on a FIFO in the project', () => {
    execFileSync('mkfifo', [join(top, 'project', 'fifo')]);
    const { status, err } = halab(verb, SCENARIO.replace('pair.yaml', 'fifo'));
    expect(err).toMatch(/^crash\.yaml:3:11: error: .*fifo cannot be read: it is a FIFO/);
    expect(status).toBe(2);
  });

  it('reads the folders that the command line allows', () => {
    const text = SCENARIO.replace('pair.yaml', '../pair.yaml').replace(
      'gw1',
      `"\${{ env.HALAB_TEST_NAME }}"`,
    );
    const closed = halab(verb, text, '--allow-path', '..');
    expect(closed.err).toMatch(/^crash\.yaml:7:31: error: env\.HALAB_TEST_NAME is closed/m);
    expect(closed.status).toBe(2);
    const open = ['--allow-path', '..', '--allow-env', 'HALAB_TEST_NAME'];
    expect(halab(verb, text, ...open)).toMatchObject({ status: 0, err: '' });
  });

  it('refuses an --allow-path that does not exist, and a value that is no name', () => {
    expect(halab(verb, SCENARIO, '--allow-path', 'nowhere')).toMatchObject({ status: 2 });
    expect(halab(verb, SCENARIO, '--allow-env', 'A=b')).toMatchObject({ status: 2 });
  });

  it('refuses at once a given file that is not regular', () => {
    const run = spawnSync(process.execPath, [HALAB, verb, '/dev/zero'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(run.stderr).toContain('/dev/zero:1:1: error: /dev/zero cannot be read: it is a device');
    expect(run.status).toBe(2);
  });
});

describe('the command that repeats a run', () => {
  it('allows the same folders', () => {
    const text = SCENARIO.replace('pair.yaml', '../pair.yaml').replace('gw1', 'gw2');
    const { status, out } = halab('run', text, '--allow-path', '..', '--allow-env', 'HOME');
    expect(status).toBe(1);
    expect(out).toMatch(/reproduce .* --allow-path \.\. --allow-env HOME/);
  });
});
