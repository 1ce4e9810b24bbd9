// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived's parameters look like templates
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { wordsOf } from '../../../src/engine/text/lexer.ts';
import { readSource } from '../../../src/engine/text/source.ts';
import { NO_SURROUNDINGS } from '../../../src/engine/text/surroundings.ts';

/** The words of each line, and the positions of findings. */
function read(text: string, files: Record<string, string> = {}, configId = 'main'): string[] {
  const { lines, findings } = readSource(text, '/etc/k.conf', {
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
  const places = findings.issues.map(
    ({ file, line, column, severity }) => `${severity} ${file}:${line}:${column}`,
  );
  return [
    ...lines.map((line) =>
      wordsOf(line)
        .words.map(({ text: word }) => word)
        .join(' '),
    ),
    ...places,
  ];
}

describe('words', () => {
  it('are quoted only by double quotes, and end at a comment', () => {
    expect(read('a "b c" \'d "e"\' f\\ g # rest\n! all of it\n"x"y "z#!" w!')).toEqual([
      "a b c 'd e ' f\\ g",
      'x y z#! w',
    ]);
    expect(read('a \\# b \\! "\\#"')).toEqual(['a # b ! \\#']);
  });

  it('with an unclosed quote are reported at their line and dropped', () => {
    expect(read('  key "open')).toEqual(['key', 'warning /etc/k.conf:1:1']);
  });

  it('keep a byte order mark or a no-break space as part of the first word', () => {
    expect(read('\uFEFFa b\n\u00A0c d')).toEqual(['\uFEFFa b', '\u00A0c d']);
  });
});

describe('braces', () => {
  it('are put on a line of their own, unless quoted', () => {
    expect(read('a { b "{" c } d\n}{')).toEqual(['a', '{', 'b { c', '}', 'd', '}', '{']);
    expect(read('script "x; {')).toEqual(['script', 'warning /etc/k.conf:1:1']);
    // As in keepalived, an escape does not protect a quote.
    expect(read('a "\\"{" b')).toEqual(['a \\', '{', '']);
  });
});

describe('parameters', () => {
  it('are substituted when they are used, not when they are defined', () => {
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

  it('stay as written if they are undefined', () => {
    expect(read('script "echo ${UNDEFINED} $HOME"')).toEqual(['script echo ${UNDEFINED} $HOME']);
  });

  it('may have many lines and contain other parameters', () => {
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
    const instance = (num: number): string[] => [
      `vrrp_instance VI_${num}`,
      '{',
      'priority 130',
      '}',
    ];
    expect(read(text)).toEqual([...instance(0), ...instance(1)]);
  });

  it('include predefined names', () => {
    expect(read('a ${_PWD} ${_INSTANCE} ${_ENV HOME} "x${_HASH}y${_BANG}" z')).toEqual([
      'a /etc main /root x#y! z',
    ]);
    // keepalived removes comments again after it substituted parameters.
    expect(read('a x${_HASH}y z\nb x${_BANG}y')).toEqual(['a x', 'b x']);
    expect(Number(read('${_RANDOM 3 5}')[0])).toBeGreaterThanOrEqual(3);
  });

  it('of many lines end at an empty line, and continue after a comment', () => {
    const text = '$N=\\\nc # of c \\\n# d \\\n \ne \\\n\nf\n$N';
    expect(read(text)).toEqual(['f', 'c', 'e']);
  });

  it('of many lines are a comment where they are used in a comment', () => {
    expect(read('$M=\\\na \\\nb\n# $M\nc ! was: $M\nd')).toEqual(['c', 'd']);
  });

  it('with a condition for another configuration keep the other lines of their definition', () => {
    expect(read('# $M=\\\na \\\nb\n@other $N=\\\nc \\\nd')).toEqual(['\\', 'a\\', 'b', 'c\\', 'd']);
  });

  it('that contain themselves end', () => {
    expect(read('$A=x ${A} ${A}\n${A}\nb')).toEqual(['error /etc/k.conf:2:1']);
    expect(read('$A=\\\n${A} \\\n${A} \\\n\n${A}').at(-1)).toMatch(/^error /);
  });

  it('do not shift the position of a later finding', () => {
    const { issues } = parseConfig(
      '$N=a_long_value\nvrrp_instance ${N} {\n  priorty 1\n  state $N x\n}',
      'k',
    );
    expect(issues.map(({ line, column }) => `${line}:${column}`)).toContain('3:3');
    expect(issues.map(({ line, column }) => `${line}:${column}`)).toContain('4:9');
  });
});

describe('conditional lines', () => {
  it('apply to one configuration id, or to all others', () => {
    const text = '@main a\n@other b\n@^main c\n@^other d\n  @main   e';
    expect(read(text)).toEqual(['a', 'd', 'e']);
    expect(read(text, {}, 'other')).toEqual(['b', 'c']);
    expect(read('@main $P=240\n@other $P=200\npriority $P')).toEqual(['priority 240']);
    expect(read('$IF=@other\n$IF a\nb')).toEqual(['b']);
  });

  it('have one condition: a second one is plain text', () => {
    expect(read('@main @^other e\n@main @other f')).toEqual(['@^other e', '@other f']);
  });

  it('end with any number of conditions', () => {
    expect(read('@^x '.repeat(100_000)).length).toBeLessThan(500);
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
    ['$L=2\n$H=3\n~SEQ(S, $L, ${H}) n${S}', ['n2', 'n3']],
    ['$M=\\\n~SEQ(S, ${L}, 1, ${H}) n${S}\\\nlast\n$L=2\n$H=3\n$M', ['n2', 'n3', 'last']],
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
  ])('%s is wrong, and left out', (text) => {
    expect(read(`${text}\ny`)).toEqual(['y', 'warning /etc/k.conf:1:1']);
  });

  it('are only the known ones: a similar beginning is plain text', () => {
    expect(read('~FOO x')).toEqual(['~FOO x']);
  });

  it('that never end are stopped', () => {
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

  it('are read in place, relative to the including file', () => {
    expect(read('before\ninclude *.conf\nafter', files)).toEqual([
      'before',
      'from a',
      'from',
      'from b',
      'after',
      'warning /etc/c.inc:1:1',
    ]);
  });

  it('of a missing file are a note, or an error if requested', () => {
    expect(read('include no.conf')).toEqual(['note /etc/k.conf:1:9']);
    expect(read('includer no.conf')).toEqual(['error /etc/k.conf:1:10']);
    expect(read('include no*.conf')).toEqual([]);
    expect(read('includew no*.conf')).toEqual(['error /etc/k.conf:1:10']);
    expect(read('include_check\ninclude no*.conf')).toEqual(['error /etc/k.conf:2:9']);
    expect(read('include_check match\ninclude_check -match\ninclude no.conf')).toEqual([
      'note /etc/k.conf:3:9',
    ]);
  });

  it('of the including file itself end the reading', () => {
    const { findings } = readSource('include k.conf\nafter', '/etc/k.conf', {
      ...NO_SURROUNDINGS,
      read: () => 'include k.conf',
      glob: () => ['/etc/k.conf'],
    });
    expect(findings.outcome).toBe('refused');
    expect(findings.issues.map(({ message }) => message)).toEqual([
      'files are included too deeply: does a file include itself?',
    ]);
  });
});

describe('a line longer than 1 023 bytes', () => {
  const lines = (text: string) => readSource(text, 'k').lines.map((line) => line.text);

  it('is split into two, as in keepalived; the second part of a comment counts', () => {
    const comment = `#${'x'.repeat(1_022)}interface eth0`;
    expect(lines(comment)).toEqual(['interface eth0']);
    expect(lines(`${'a'.repeat(1_023)}\nb`)).toEqual(['a'.repeat(1_023), 'b']);
    expect(lines('a'.repeat(2_047))).toEqual(['a'.repeat(1_023), 'a'.repeat(1_023), 'a']);
    const { issues } = readSource(`ok\n${comment}`, 'k').findings;
    expect(issues.map(({ line, column, severity }) => [line, column, severity])).toEqual([
      [2, 1_024, 'note'],
    ]);
  });

  it('is counted in bytes and split between characters', () => {
    const two = 'é'.repeat(511);
    expect(lines(`${two}x`)).toEqual([`${two}x`]);
    expect(lines(`${two}é`)).toEqual([two, 'é']);
    expect(lines('€'.repeat(342))).toEqual(['€'.repeat(341), '€']);
    expect(lines('😀'.repeat(256))).toEqual(['😀'.repeat(255), '😀']);
  });
});

describe('after a brace', () => {
  const lines = (text: string) => readSource(text, 'k').lines.map((line) => line.text.trim());

  it('a sequence, a definition or a condition starts as on its own line', () => {
    expect(lines('virtual_ipaddress { ~SEQ(A, 1, 3) 10.0.0.$A\n}')).toEqual([
      'virtual_ipaddress',
      '{',
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
      '}',
    ]);
    expect(lines('x { $A=5\ny $A\n}')).toEqual(['x', '{', 'y 5', '}']);
    expect(lines('x { @other y\n@^other z }')).toEqual(['x', '{', 'z', '}']);
  });
});
