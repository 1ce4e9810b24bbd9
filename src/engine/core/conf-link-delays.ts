/** `interface_up_down_delays { NAME DOWN [UP] }`. */

import { micros } from '../../time.ts';
import type { Findings } from './conf-findings.ts';
import type { Statement } from './conf-tree.ts';
import { timerAt } from './conf-values.ts';
import type { LinkDelay } from './config-track.ts';

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
