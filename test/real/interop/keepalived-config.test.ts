// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived's parameters look like templates
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Network, ROOT } from '../../support/netns.ts';

const SAMPLES = '/usr/share/doc/keepalived/samples';
const folder = mkdtempSync(join(tmpdir(), 'halab-conf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, 'k.conf');
  writeFileSync(path, text);
  return path;
}

const ours = (text: string) =>
  spawnSync(process.execPath, [`${ROOT}dist/halabd.js`, '-t', '-f', file(text)], {
    encoding: 'utf8',
  });

describe('the sample configurations of the installed keepalived', () => {
  const samples = readdirSync(SAMPLES)
    .filter((name) => name.startsWith('keepalived.conf'))
    .map((name) => {
      const bytes = readFileSync(join(SAMPLES, name));
      return [name, (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')] as const;
    });

  it('exist', () => {
    expect(samples.length).toBeGreaterThan(15);
  });

  it.each(samples)('%s is read without an error', (_, text) => {
    const { status, stderr } = ours(text);
    expect(stderr).not.toMatch(/: error: /);
    expect([0, 5, 6]).toContain(status);
  });

  it('use these keywords without effect here', () => {
    const ignored = new Set<string>();
    for (const [, text] of samples)
      for (const [, word = ''] of ours(text).stderr.matchAll(
        /"(\w+)" is not supported and ignored/g,
      ))
        ignored.add(word);
    console.log(`only warned about: ${[...ignored].sort().join(', ')}`);
    expect([...ignored]).toEqual(['lvs_sync_daemon_interface']);
  });
});

const INSTANCE = (more: string): string =>
  `global_defs {\n    enable_script_security\n}\nvrrp_instance VI {\n    interface lan\n    virtual_router_id 51\n${more}\n    virtual_ipaddress {\n        10.66.0.1\n    }\n}\n`;

/** The network with the interface. */
function oursIn(net: Network, text: string): number | null {
  return net.ask('a', process.execPath, `${ROOT}dist/halabd.js`, '-t', '-f', file(text)).status;
}

describe('a checked configuration gets the exit code of keepalived -t', () => {
  // keepalived needs the interface; an interface of the machine may vanish during the test.
  let net: Network;
  beforeAll(() => {
    net = new Network('conf');
    net.host('a', '10.66.0.11/24');
  });
  afterAll(() => net.close());

  it.each([
    ['plain', INSTANCE('    priority 100'), 0],
    ['unknown keyword', INSTANCE('    priorty 100'), 5],
    ['a priority out of range', INSTANCE('    priority 300'), 5],
    [
      'a sequence of instances',
      `$ID=7\n${INSTANCE('    priority $ID').replace('virtual_router_id 51', 'virtual_router_id ${ID}')}`,
      0,
    ],
    [
      'a password that is too long',
      INSTANCE('    authentication {\n auth_type PASS\n auth_pass 123456789\n }'),
      5,
    ],
  ])('%s', (_, text, expected) => {
    const code = net.ask('a', 'keepalived', '-t', '-f', file(text)).status;
    const own = oursIn(net, text) ?? -1;
    expect([own, code]).toEqual([expected, expected]);
  });

  it.each(['safe', 'sticky', 'link', 'open/in', 'tmp/in'])(
    'a script is as secure as in keepalived: %s',
    (name) => {
      const scripts = mkdtempSync('/root/halab-secure-');
      const at = (path: string): string => join(scripts, path);
      for (const name of ['open', 'tmp']) mkdirSync(at(name));
      for (const name of ['safe', 'sticky', 'open/in', 'tmp/in'])
        copyFileSync('/usr/bin/true', at(name));
      chmodSync(at('sticky'), 0o1777);
      chmodSync(at('open'), 0o777);
      chmodSync(at('tmp'), 0o1777);
      symlinkSync(at('safe'), at('link'));
      const text = INSTANCE('    priority 100\n    track_script { s }').replace(
        'enable_script_security\n}',
        `enable_script_security\n    script_user root\n}\nvrrp_script s { script ${at(name)} }`,
      );
      const code = net.ask('a', 'keepalived', '-t', '-f', file(text)).status;
      const own = oursIn(net, text);
      rmSync(scripts, { recursive: true });
      expect(own === 0, `keepalived ${code}, halabd ${own}`).toBe(code === 0);
    },
  );

  it('a missing file is an error (keepalived exits with 0)', () => {
    const run = spawnSync(
      process.execPath,
      [`${ROOT}dist/halabd.js`, '-t', '-f', '/no/such.conf'],
      { encoding: 'utf8' },
    );
    expect(run.status).toBe(4);
  });
});
