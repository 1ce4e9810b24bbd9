// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived's parameters look like templates
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/core/conf-parser.ts';
import { readSource } from '../../../src/engine/core/conf-source.ts';
import { NO_SURROUNDINGS } from '../../../src/engine/core/conf-surroundings.ts';

/** The words of each line, and what was found wrong. */
function read(text: string, files: Record<string, string> = {}, configId = 'main'): string[] {
  const { lines, issues } = readSource(text, '/etc/k.conf', {
    ...NO_SURROUNDINGS,
    configId,
    read: (path) => files[path] ?? { error: 'ENOENT' },
    glob: (pattern, folder) => {
      const whole = pattern.startsWith('/') ? pattern : `${folder}/${pattern}`;
      const wild = new RegExp(`^${whole.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      return Object.keys(files).filter((path) => wild.test(path));
    },
    env: (name) => (name === 'HOME' ? '/root' : undefined),
  });
  const told = issues.map(
    ({ file, line, column, severity }) => `${severity} ${file}:${line}:${column}`,
  );
  return [...lines.map((line) => line.map(({ text: word }) => word).join(' ')), ...told];
}

describe('words', () => {
  it('are quoted in two ways, escaped, and end at a comment', () => {
    expect(read('a "b c" \'d "e"\' f\\ g # rest\n! all of it\n"x\\"y" \'\\x41\\101\'')).toEqual([
      'a b c d "e" f g',
      'x"y AA',
    ]);
  });

  it('that are not closed are told at their place', () => {
    expect(read('  key "open')).toEqual(['key', 'error /etc/k.conf:1:7']);
  });
});

describe('parameters', () => {
  it('are put in when they are used, not when they are made', () => {
    const text = [
      '$BASE=10.2.${SUB}',
      '$SUB=0',
      '${BASE}.100/32',
      '$SUB=10',
      '${BASE}.100/32',
      'priority $SUB',
    ].join('\n');
    expect(read(text)).toEqual(['10.2.0.100/32', '10.2.10.100/32', 'priority 10']);
  });

  it('stay as they are written if nobody has made them', () => {
    expect(read('script "echo ${UNDEFINED} $HOME"')).toEqual(['script echo ${UNDEFINED} $HOME']);
  });

  it('may have many lines, and others in them', () => {
    const text = [
      '$INSTANCE= \\',
      'vrrp_instance VI_${NUM} { \\',
      '    @main priority 130 \\',
      '    @other priority 120 \\',
      '}',
      '$NUM=0',
      '$INSTANCE',
      '$NUM=1',
      '$INSTANCE',
    ].join('\n');
    const one = (num: number): string[] => [`vrrp_instance VI_${num} {`, 'priority 130', '}'];
    expect(read(text)).toEqual([...one(0), ...one(1)]);
  });

  it('know some names beforehand', () => {
    expect(read('a ${_PWD} ${_INSTANCE} x${_HASH}y${_BANG} ${_ENV HOME}')).toEqual([
      'a /etc main x#y! /root',
    ]);
    expect(Number(read('${_RANDOM 3 5}')[0])).toBeGreaterThanOrEqual(3);
  });

  it('that contain themselves end', () => {
    expect(read('$A=x ${A} ${A}\n${A}').length).toBeGreaterThan(0);
    expect(read('$A=\\\n${A} \\\n${A} \\\n\n${A}').at(-1)).toMatch(/^error /);
  });

  it('do not move the place of what is wrong behind them', () => {
    const { issues } = parseConfig(
      '$N=a_long_value\nvrrp_instance ${N} {\n  priorty 1\n  state $N x\n}',
      'k',
    );
    expect(issues.map(({ line, column }) => `${line}:${column}`)).toContain('3:3');
    expect(issues.map(({ line, column }) => `${line}:${column}`)).toContain('4:9');
  });
});

describe('conditional lines', () => {
  it('count for one, or for all others', () => {
    const text = '@main a\n@other b\n@^main c\n@^other d\n  @main   @^other e';
    expect(read(text)).toEqual(['a', 'd', 'e']);
    expect(read(text, {}, 'other')).toEqual(['b', 'c']);
    expect(read('@main $P=240\n@other $P=200\npriority $P')).toEqual(['priority 240']);
    expect(read('$IF=@other\n$IF a\nb')).toEqual(['b']);
  });
});

describe('sequences and lists', () => {
  it.each([
    ['~SEQ(S, 0, 3) 10.0.${S}.1', ['10.0.0.1', '10.0.1.1', '10.0.2.1', '10.0.3.1']],
    ['~SEQ(S, 2) n$S $S', ['n1 1', 'n2 2']],
    ['~SEQ(S, 5, -2, 1) ${S}', ['5', '3', '1']],
    ['~SEQx(S, 0x90, 0x10, 0xb0) fe80::${S}', ['fe80::90', 'fe80::a0', 'fe80::b0']],
    ['~LST(A, x, y) ~SEQ(B, 2) ${A}${B}', ['x1', 'x2', 'y1', 'y2']],
    ['~LST({A, B}, {10,1}, {20,4}) ${A}.${B}', ['10.1', '20.4']],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '~SEQ(S, a) x',
    '~SEQ() x',
    '~SEQ(S, 1, 0, 9) x',
    '~SEQ(S,9999999) x',
    '~LST(A) x',
    '~LST({A,B}, {1}) x',
    '~FOO x',
  ])('%s is wrong', (text) => {
    expect(read(text)).toEqual(['error /etc/k.conf:1:1']);
  });

  it('that would never end are stopped', () => {
    const text = '~SEQ(A,60000) ~SEQ(B,60000) ${A}.${B}';
    expect(read(text).at(-1)).toMatch(/^error /);
  });
});

describe('includes', () => {
  const files = {
    '/etc/a.conf': 'from a',
    '/etc/b.conf': 'include c.inc\nfrom b',
    '/etc/c.inc': 'from "c',
  };

  it('are read in their place, relative to the file that names them', () => {
    expect(read('before\ninclude *.conf\nafter', files)).toEqual([
      'before',
      'from a',
      'from',
      'from b',
      'after',
      'error /etc/c.inc:1:6',
    ]);
  });

  it('of a missing file are a warning, or an error if asked for', () => {
    expect(read('include no.conf')).toEqual(['warning /etc/k.conf:1:9']);
    expect(read('includer no.conf')).toEqual(['error /etc/k.conf:1:10']);
    expect(read('include no*.conf')).toEqual([]);
    expect(read('includew no*.conf')).toEqual(['error /etc/k.conf:1:10']);
    expect(read('include_check\ninclude no*.conf')).toEqual(['error /etc/k.conf:2:9']);
    expect(read('include_check match\ninclude_check -match\ninclude no.conf')).toEqual([
      'warning /etc/k.conf:3:9',
    ]);
  });

  it('of itself end', () => {
    expect(read('include k.conf', { '/etc/k.conf': 'include k.conf' }).at(-1)).toBe(
      'error /etc/k.conf:1:9',
    );
  });
});
