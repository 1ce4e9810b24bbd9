import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** The built program, as a user runs it; no Docker daemon answers. */
const HALAB = new URL('../../dist/bundle/main.cjs', import.meta.url).pathname;

function compare(...args: string[]) {
  const run = spawnSync(process.execPath, [HALAB, 'compare', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

const CRASH = 'scenarios/master-crash.yaml';

describe('halab compare', () => {
  it.each([
    [[CRASH, '--backend', 'sim'], 'two different backends are compared: write sim,docker'],
    [[CRASH, '--backend', 'sim,sim'], 'two different backends are compared: write sim,docker'],
    [[CRASH, '--backend', 'sim,vm'], '"vm" is no backend: write sim,docker'],
    [[CRASH, '--repeat', '0'], 'a whole number from 1 to 1000 is wanted'],
    [[CRASH, '--engine', 'bird'], 'Allowed choices are halab, keepalived, frr'],
    [[CRASH, '--matrix', 'speed=1'], "--matrix speed: this file's matrix has advert"],
    [['scenarios/nowhere.yaml'], 'scenarios/nowhere.yaml: no such file or folder'],
    [[], "missing required argument 'paths'"],
  ])('exits with 2 on %j and gives the reason', (args, message) => {
    const { status, err, out } = compare(...args);
    expect(err).toContain(message);
    expect(status).toBe(2);
    expect(out).toBe('');
  });

  it('exits with 4 if no Docker daemon answers', () => {
    const { status, err } = compare(CRASH, '--repeat', '1');
    expect(status).toBe(4);
    expect(err).toContain('/nonexistent/docker.sock');
  });

  it('exits with 5 if no cell is selected', () => {
    expect(compare(CRASH, '--matrix', 'advert=7s').status).toBe(5);
  });
});
