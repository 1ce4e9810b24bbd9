/** The file that was checked is the file that runs, even if another user changes its path meanwhile. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Log } from '../../../src/daemon/log.ts';
import { ScriptRunner } from '../../../src/daemon/script/script-runner.ts';
import {
  insecureFile,
  notRunnable,
  programFile,
} from '../../../src/daemon/script/script-security.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { becomes } from '../../support/netns.ts';

/** All folders above it belong to root. */
const folder = mkdtempSync('/opt/halab-scripts-');
const at = (name: string): string => join(folder, name);
const OTHER = 65534;

beforeAll(() => {
  chmodSync(folder, 0o755);
  for (const name of ['safe', 'sticky', 'group', 'deaf']) copyFileSync('/usr/bin/true', at(name));
  chmodSync(at('sticky'), 0o1777);
  chmodSync(at('group'), 0o775);
  chmodSync(at('deaf'), 0o644);
  for (const [name, mode] of [
    ['open', 0o777],
    ['tmp', 0o1777],
  ] as const) {
    mkdirSync(at(name));
    chmodSync(at(name), mode);
    copyFileSync('/usr/bin/true', join(at(name), 'in'));
  }
  symlinkSync(at('safe'), join(at('open'), 'link'));
  symlinkSync(at('open/in'), at('link-to-open'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['safe', undefined],
  ['sticky', 'sticky is writable by others'],
  ['group', 'group is writable by others'],
  ['open/in', 'open is writable by others'],
  // In a sticky folder other users cannot replace a file of root.
  ['tmp/in', undefined],
  // A link is as secure as its target, because the target runs.
  ['open/link', undefined],
  ['link-to-open', 'open is writable by others'],
])('%s: %s', (name, problem) => {
  const file = programFile(at(name)) ?? '';
  const found = insecureFile(file);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toBe(join(folder, problem));
});

it.each([
  ['killall', undefined],
  ['no-such-program', 'no-such-program is in no folder of '],
  [folder, ' is no file'],
  [at('deaf'), 'deaf is not executable'],
  ['/no/such', '/no/such cannot be run: ENOENT'],
])('%s can be run: %s', (program, problem) => {
  const found = notRunnable(program);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

it('a link that another user switches continuously never runs his script as root', async () => {
  const [link, evil, ran] = [join(at('open'), 'turned'), join(at('open'), 'evil'), at('ran')];
  writeFileSync(evil, `#!/bin/sh\n[ "$(id -u)" != 0 ] || touch ${ran}\n`);
  chmodSync(evil, 0o755);
  const turn = `while :; do ln -sfn ${at('safe')} ${link}; ln -sfn ${evil} ${link}; done`;
  const attacker = spawn('sh', ['-c', turn], { uid: OTHER, gid: OTHER, stdio: 'ignore' });
  const { config } = parseConfig(
    'global_defs {\n enable_script_security\n script_user root\n}\n',
    'x.conf',
  );
  const log: Log = { info: () => {}, error: () => {}, detail: () => {} };
  const runner = new ScriptRunner(config.global, log);
  await becomes('the link is there', () => existsSync(link));
  const codes: (number | undefined)[] = [];
  try {
    for (let run = 0; run < 400; run++)
      codes.push(
        await new Promise((resolve) => {
          runner.run({ argv: [link], user: undefined }, [], resolve);
        }),
      );
  } finally {
    attacker.kill('SIGKILL');
  }
  // Both targets of the link occurred: one ran, the other was refused.
  expect(codes).toContain(0);
  expect(codes).toContain(undefined);
  expect(existsSync(ran)).toBe(false);
}, 60_000);
