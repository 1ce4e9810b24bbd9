import { expect, it } from 'vitest';
import { NO_DEBUGGER } from '../../../src/daemon/process/no-debugger.ts';
import { ownOptions } from '../../../src/daemon/process/own-node.ts';

it('passes memory and compiler options to children, and none that opens a debugger or loads a file', () => {
  const memory = ['--max-old-space-size=64', '--jitless', '--trace-gc', '--gc-global', '--no-opt'];
  const others = [
    '--inspect',
    '--inspect-port',
    '9229',
    '--inspect-brk=0.0.0.0:9229',
    '-r',
    'x.js',
  ];
  const near = ['--max-old-space-size', '--max-old-space-size=64 --inspect', '--trace-gc=1'];
  const plain = ownOptions([]);
  expect(plain).toEqual(expect.arrayContaining([...NO_DEBUGGER]));
  expect(ownOptions([...memory, ...others, ...near])).toEqual([...plain, ...memory]);
});
