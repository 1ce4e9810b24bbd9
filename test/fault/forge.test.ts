import { describe, expect, it } from 'vitest';
import { DEFECTS, type Defect, type Forgery, forgedPacket } from '../../src/fault/forge.ts';
import { ip } from '../../src/net/address.ts';
import { judgePacket } from '../../src/net/receive-checks.ts';
import { VRRP_GROUP } from '../../src/net/vrrp-packet.ts';
import { milliseconds, seconds } from '../../src/time.ts';

function judged(defect: Defect | undefined, version: 2 | 3) {
  const forgery: Forgery = {
    network: 'lan',
    source: ip('10.0.0.9'),
    version,
    vrid: 51,
    priority: 1,
    interval: seconds(1),
    addresses: [ip('10.0.0.100')],
    every: milliseconds(100),
    ...(defect === undefined ? {} : { defect }),
  };
  const about = { family: 4, source: forgery.source, destination: VRRP_GROUP[4] } as const;
  return judgePacket({ ...about, ...forgedPacket(forgery) });
}

describe('a forged advert', () => {
  it.each([2, 3] as const)('of version %i passes every check without a defect', (version) => {
    expect(judged(undefined, version)).toMatchObject({ ok: true, advert: { vrid: 51, version } });
  });

  it.each(DEFECTS.filter((defect) => defect !== 'vrid'))(
    'fails exactly the check of its defect: %s',
    (defect) => {
      const version = defect === 'auth-type' ? 2 : 3;
      expect(judged(defect, version)).toEqual({ ok: false, check: defect });
    },
  );

  it('may be valid for another virtual router', () => {
    expect(judged('vrid', 3)).toMatchObject({ ok: true, advert: { vrid: 52 } });
  });
});
