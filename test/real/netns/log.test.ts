/** Log lines with -l: each has a time, and the first names the program and its configuration. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const LINE =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z halabd(_vrrp|_check)?: (error: |\S+: warning: )?\S/;
let net: Network;
beforeEach(() => {
  net = new Network('log');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const start = (text: string, ...more: string[]): Daemon => {
  const file = net.write('a.conf', text);
  const program = join(ROOT, 'dist/halabd.js');
  return net.run('a', process.execPath, program, '-f', file, '-n', '-G', ...more);
};
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

it('every line has a time, also warnings of the configuration and of children; the first names the start', async () => {
  const file = join(net.folder, 'log');
  const a = start(conf(150, 'state MASTER\nnopreempt'), '-l', '-D', '-g', file);
  await becomes('it owns the address', () => net.addresses('a').includes(VIP), 15_000, a.output);
  const pid = a.child.pid;
  a.child.kill('SIGTERM');
  await a.exit;
  const lines = linesOf(a.output());
  expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const started = `halabd: version ${version} starts on ${join(net.folder, 'a.conf')}, pid ${pid}`;
  expect(lines[0]).toContain(started);
  expect(a.output()).toContain(': warning: nopreempt does not go with state MASTER');
  expect(a.output()).toContain('halabd_vrrp: web: BACKUP -> MASTER');
  expect(new Set(linesOf(readFileSync(file, 'utf8')))).toEqual(new Set(lines));
});

it('a configuration that cannot run is reported in the same format, and as JSON lines with --log-json', async () => {
  const text = start(conf(150).replace('priority 150', 'priority'), '-l');
  expect(await text.exit).toBe(2);
  const lines = linesOf(text.output());
  expect(lines.filter((line) => !LINE.test(line) && !/Z halabd: \S+: error: /.test(line))).toEqual(
    [],
  );
  expect(lines.at(-1)).toContain('halabd: error: the configuration cannot run');
  const json = start(conf(150).replace('priority 150', 'priority'), '--log-json');
  expect(await json.exit).toBe(2);
  const parsed = linesOf(json.output()).map((line) => JSON.parse(line) as { level: string });
  expect(parsed.map(({ level }) => level)).toEqual(['error', 'error']);
});
