/** `interface_up_down_delays { NAME DOWN [UP] }`. */

import { micros } from '../../time.ts';
import type { LinkDelay } from '../core/config-track.ts';
import type { Findings } from './findings.ts';
import type { Statement } from './tree.ts';
import { timerAt } from './values.ts';

const LONGEST = 255;

export function readLinkDelays({ block }: Statement, findings: Findings): LinkDelay[] {
  return (block ?? []).flatMap(({ keyword, values }) => {
    const [first, second] = values;
    if (first === undefined) {
      findings.warning(keyword, `no delays for ${keyword.text}: ignored`);
      return [];
    }
    const down = timerAt(first, keyword, 0, LONGEST, findings);
    const up = second === undefined ? micros(0) : timerAt(second, keyword, 0, LONGEST, findings);
    return down === undefined || up === undefined ? [] : [{ interface: keyword.text, down, up }];
  });
}
