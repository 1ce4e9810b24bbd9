// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived's parameters look like templates
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printConfig } from '../../src/engine/conf/print.ts';
import { parseConfig } from '../../src/engine/conf/read.ts';
import { random } from '../../src/random.ts';
import { anyConfig } from '../support/configs.ts';
import { report } from './row.ts';

const FILES = 200_000;
const JUNK = [
  '{',
  '}',
  '"',
  '~SEQ(A,1,9) ',
  '$A=',
  '${A}',
  '@',
  '\n',
  'include x\n',
  '\\',
  '#',
  ' 999999999999 ',
  '~LST(',
  '\0',
  '\nreal_server 10.1.1.1 0 {\n',
  '\nTCP_CHECK {\n',
  '\nurl {\n',
  '\nlvs_sched ',
  ' DR ',
  ' TUN type gue port ',
  '\nvirtual_server fwmark 0 {\n',
  '\nvirtual_server_group g {\n10.0.0.0-255 1\n}\n',
  '\nregex ((a+)+)+$\n',
  '\ndigest zz\n',
  '\nretry -1\n',
  '\nquorum 4294967296\n',
];

/** Keywords of LVS; each occurs in the mutated files. */
const LVS_KEYWORDS =
  'virtual_server virtual_server_group real_server sorry_server lvs_sched lvs_method protocol ops quorum hysteresis quorum_up persistence_timeout persistence_granularity omega ha_suspend weight inhibit_on_failure uthreshold notify_down TCP_CHECK PING_CHECK HTTP_GET SSL_GET SMTP_CHECK DNS_CHECK UDP_CHECK MISC_CHECK FILE_CHECK connect_port bindto fwmark retry delay_before_retry warmup url status_code digest regex enable_sni helo_name payload misc_path misc_dynamic lvs_timeouts lvs_flush lvs_notify_fifo'.split(
    ' ',
  );

it('200 000 mutated configurations are parsed without a throw, each finding with its position', () => {
  const texts = fc.sample(anyConfig, { numRuns: 200, seed: 7 }).map(printConfig);
  const vocabulary = new Set(texts.flatMap((text) => text.split(/\s+/)));
  expect(LVS_KEYWORDS.filter((word) => !vocabulary.has(word))).toEqual([]);
  const source = random(7, 'config fuzz');
  const pick = (most: number): number => Math.floor(source.next() * most);
  let longest = 0;
  let findings = 0;
  let misplaced = 0;
  const start = performance.now();
  for (let i = 0; i < FILES; i++) {
    let text = texts[pick(texts.length)] ?? '';
    for (let edits = 1 + pick(4); edits > 0; edits--) {
      const at = pick(text.length);
      text = text.slice(0, at) + (JUNK[pick(JUNK.length)] ?? '') + text.slice(at + pick(12));
    }
    const { issues, took } = timed(text);
    // A busy machine is faster on the next attempt; a hard file is not.
    if (took > longest)
      longest = Math.max(longest, Math.min(took, timed(text).took, timed(text).took));
    findings += issues.length;
    misplaced += issues.filter(
      ({ file, line, column }) => file === '' || line < 1 || column < 1,
    ).length;
  }
  expect(misplaced).toBe(0);
  expect(findings).toBeGreaterThan(FILES / 2);
  report({
    name: 'configuration fuzz: 200 000 mutated files, the slowest',
    value: longest,
    unit: 'ms',
    bound: '<= 100',
  });
  report({
    name: 'configuration fuzz: files a second',
    value: FILES / ((performance.now() - start) / 1_000),
    unit: '/s',
  });
}, 1_200_000);

function timed(text: string): { issues: ReturnType<typeof parseConfig>['issues']; took: number } {
  const before = performance.now();
  const { issues } = parseConfig(text, 'k.conf');
  return { issues, took: performance.now() - before };
}
