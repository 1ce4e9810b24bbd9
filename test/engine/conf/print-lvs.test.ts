import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printConfig } from '../../../src/engine/conf/print.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type { TrackFileConfig } from '../../../src/engine/core/config-track.ts';
import { anyCheckConfig } from '../../support/lvs-configs.ts';
import { cases } from '../../support/nightly.ts';

const FILE: TrackFileConfig = {
  name: 'f1',
  path: '/tmp/f1',
  weight: { value: 1, reverse: false },
  initial: undefined,
};

it('printed virtual servers are parsed back without findings', () => {
  const { config: empty } = parseConfig('', 'k.conf');
  fc.assert(
    fc.property(anyCheckConfig, (check) => {
      const text = printConfig({ ...empty, files: [FILE], check });
      const { config, issues } = parseConfig(text, 'k.conf');
      expect(config.check).toEqual(check);
      const problems = issues.filter(
        ({ message }) => !/the kernel refuses|nothing to do/.test(message),
      );
      expect(problems).toEqual([]);
    }),
    { numRuns: cases(100, 5_000) },
  );
});

it('settings without a keyword are printed by omitting the keyword for the opposite', () => {
  const { config } = parseConfig(
    `virtual_server 10.9.0.100 80 {
 protocol TCP
 delay_loop 2.5
 persistence_granularity 255.0.255.0
 real_server 10.9.0.9 {
  TCP_CHECK {
  }
  MISC_CHECK {
   misc_path /bin/true
  }
 }
}`,
    'k.conf',
  );
  expect(parseConfig(printConfig(config), 'k.conf').config.check).toEqual(config.check);
});
