import { describe, expect, it } from 'vitest';
import type { InterfaceStatus } from '../../../src/engine/vrrp/io.ts';
import {
  linkChanged,
  nextLinkDeadline,
  type PendingLinks,
  settledLinks,
} from '../../../src/engine/vrrp/link-delay.ts';
import { ip } from '../../../src/net/address.ts';
import { instant, seconds } from '../../../src/time.ts';

const status = (up: boolean, name = 'lan'): InterfaceStatus => ({
  name,
  up,
  primary4: ip('10.0.0.5'),
  primary6: undefined,
});
const DELAY = { interface: 'lan', up: seconds(3), down: seconds(1) };
const [UP, DOWN] = [status(true), status(false)];

describe('interface_up_down_delays (keepalived)', () => {
  it('applies a change at once if it is the first, repeats the state or has no delay', () => {
    const pending: PendingLinks = new Map();
    expect(linkChanged(pending, DOWN, undefined, DELAY, instant(0))).toBe(true);
    expect(linkChanged(pending, UP, UP, DELAY, instant(0))).toBe(true);
    expect(linkChanged(pending, DOWN, UP, undefined, instant(0))).toBe(true);
    expect(linkChanged(pending, DOWN, UP, { ...DELAY, down: seconds(0) }, instant(0))).toBe(true);
    expect(pending.size).toBe(0);
  });

  it('starts at the first report of a change, however often it is repeated', () => {
    const pending: PendingLinks = new Map();
    expect(linkChanged(pending, DOWN, UP, DELAY, instant(0))).toBe(false);
    expect(linkChanged(pending, DOWN, UP, DELAY, instant(600_000))).toBe(false);
    expect(nextLinkDeadline(pending)).toBe(1_000_000);
    expect(settledLinks(pending, instant(999_999))).toEqual([]);
    expect(settledLinks(pending, instant(1_000_000))).toEqual([DOWN]);
    expect(nextLinkDeadline(pending)).toBeUndefined();
  });

  it('drops a change that is reverted', () => {
    const pending: PendingLinks = new Map();
    linkChanged(pending, DOWN, UP, DELAY, instant(0));
    expect(linkChanged(pending, UP, UP, DELAY, instant(500_000))).toBe(true);
    expect(settledLinks(pending, instant(9_000_000))).toEqual([]);
  });

  it('applies each link at its own time, earliest deadline first', () => {
    const pending: PendingLinks = new Map();
    const wan = status(true, 'wan');
    linkChanged(pending, wan, status(false, 'wan'), DELAY, instant(0));
    linkChanged(pending, DOWN, UP, DELAY, instant(0));
    expect(nextLinkDeadline(pending)).toBe(1_000_000);
    expect(settledLinks(pending, instant(1_000_000))).toEqual([DOWN]);
    expect(nextLinkDeadline(pending)).toBe(3_000_000);
    expect(settledLinks(pending, instant(3_000_000))).toEqual([wan]);
  });
});
