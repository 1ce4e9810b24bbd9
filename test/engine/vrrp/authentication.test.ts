import { describe, expect, it } from 'vitest';
import type { HmacConfig, VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { ip } from '../../../src/net/address.ts';
import { instant, seconds } from '../../../src/time.ts';
import { Bench } from '../../support/engine.ts';

const UTC = 1_800_000_000_000_000;
const KEYS = [
  { id: 1, source: 'a'.repeat(32), hex: '61'.repeat(32) },
  { id: 2, source: 'b'.repeat(32), hex: '62'.repeat(32) },
];
const HMAC: HmacConfig = {
  keys: KEYS,
  activeKey: 1,
  antiReplay: 'time',
  timeWindow: seconds(5),
  mode: 'enforce',
};

/** An Active that sends and a Backup that receives, some seconds after their start. */
function pair(
  ours: Partial<VrrpInstanceConfig>,
  peer: Partial<VrrpInstanceConfig> = ours,
): { active: Bench; backup: Bench; send: () => void } {
  const active = new Bench({ ...ours, priority: 200 }, '10.0.0.9');
  const backup = new Bench(peer);
  for (const bench of [active, backup]) {
    bench.now = instant(1_000_000_000);
    bench.input({ kind: 'clock', utc: UTC });
    bench.start();
  }
  const send = (): void => active.run(active.deadline() ?? 0);
  send();
  backup.now = active.now;
  return { active, backup, send };
}

describe('simple text (RFC 2338, keepalived #2966)', () => {
  const PASS = (password: string): Partial<VrrpInstanceConfig> => ({
    version: 2,
    authentication: { type: 'PASS', password },
  });

  it('accepts only the right password', () => {
    const good = pair(PASS('secret'));
    expect(good.active.deliver(good.backup)).toBe('received accepted');
    const bad = pair(PASS('secret'), PASS('secres'));
    expect(bad.active.deliver(bad.backup)).toBe('received auth-failed');
  });

  it('differs from no authentication, in both directions', () => {
    const { active, backup } = pair(PASS('secret'), { version: 2 });
    expect(active.deliver(backup)).toBe('received auth-mismatch');
    const other = pair({ version: 2 }, PASS('secret'));
    expect(other.active.deliver(other.backup)).toBe('received auth-mismatch');
  });
});

describe('AH (RFC 2338)', () => {
  const AH = (password: string): Partial<VrrpInstanceConfig> => ({
    version: 2,
    authentication: { type: 'AH', password },
  });

  it('accepts the right key repeatedly', () => {
    const { active, backup, send } = pair(AH('secret'));
    expect(active.deliver(backup)).toBe('received accepted');
    for (let i = 0; i < 3; i++) {
      send();
      expect(active.deliver(backup)).toBe('received accepted');
    }
  });

  it('refuses another key, a changed message and a replayed packet', () => {
    const wrong = pair(AH('secret'), AH('other'));
    expect(wrong.active.deliver(wrong.backup)).toBe('received auth-failed');
    const { active, backup } = pair(AH('secret'));
    const sent = active.last('send');
    if (sent?.ahPacket === undefined) throw new Error('nothing was sent');
    const again = (packet: Uint8Array): string => {
      active.input({ kind: 'wake' });
      const { source, destination, ttl } = sent;
      const ah = { ip: packet.slice(0, 20), ah: packet.slice(20, 44) };
      backup.take();
      backup.input({
        kind: 'packet',
        interface: 'lan',
        family: 4,
        source,
        destination,
        ttl,
        message: packet.slice(44),
        ah,
      });
      return backup.take()[0] ?? '';
    };
    const forged = Uint8Array.from(sent.ahPacket);
    forged[5] = (forged[5] ?? 0) ^ 1; // the MAC covers the IP identification
    expect(again(forged)).toBe('received auth-failed');
    expect(again(sent.ahPacket)).toBe('received accepted');
    expect(again(sent.ahPacket)).toBe('received auth-replay');
  });

  it('continues when the sequence number wraps', () => {
    const { active, backup, send } = pair(AH('secret'));
    for (const { router } of [active, backup]) {
      const [instance] = router.instances;
      if (instance !== undefined) instance.auth.ahSequence = 0xffff_fffe;
    }
    for (let i = 0; i < 3; i++) {
      send();
      expect(active.deliver(backup)).toBe('received accepted');
    }
    expect(backup.router.instances[0]?.auth.ahSequence).toBe(1);
  });

  it('continues the sequence numbers of the last Active', () => {
    const { active, backup, send } = pair(AH('secret'));
    for (let i = 0; i < 5; i++) send();
    active.deliver(backup);
    backup.run(backup.deadline() ?? 0);
    active.now = backup.now;
    // The old Active still runs: the sequence number of the new one must be higher.
    expect(backup.deliver(active)).toBe('received accepted');
  });
});

describe('auth_hmac (keepalived 2.4)', () => {
  it('accepts a signed advert over both families, and refuses an unsigned one', () => {
    const { active, backup } = pair({ hmac: HMAC });
    expect(active.deliver(backup)).toBe('received accepted');
    const plain = pair({}, { hmac: HMAC });
    expect(plain.active.deliver(plain.backup)).toBe('received hmac-missing');
    const six = { family: 6 as const, addresses: [{ address: ip('fe80::100'), length: 64 }] };
    const over6 = pair({ ...six, hmac: HMAC });
    expect(over6.active.deliver(over6.backup)).toBe('received accepted');
  });

  it('makes an advert too long for a router without it', () => {
    const { active, backup } = pair({ hmac: HMAC }, {});
    expect(active.deliver(backup)).toBe('received signature');
  });

  it('refuses another key, an unknown key and a changed byte', () => {
    const [first] = KEYS;
    if (first === undefined) throw new Error('there are keys');
    const swapped = { ...HMAC, keys: [{ ...first, hex: '63'.repeat(32) }] };
    const other = pair({ hmac: swapped }, { hmac: HMAC });
    expect(other.active.deliver(other.backup)).toBe('received hmac-failed');
    const unknown = pair({ hmac: { ...HMAC, activeKey: 2 } }, { hmac: { ...HMAC, keys: [first] } });
    expect(unknown.active.deliver(unknown.backup)).toBe('received hmac-key');
    const { active, backup } = pair({ hmac: HMAC });
    const message = Uint8Array.from(active.last('send')?.message ?? []);
    const at = message.length - 28;
    const tampered = Uint8Array.from(message);
    tampered[at + 12] = (tampered[at + 12] ?? 0) ^ 1;
    const malformed = Uint8Array.from(message);
    malformed[at + 2] = 1;
    const hear = (bytes: Uint8Array): string => {
      active.run(active.deadline() ?? 0);
      return active.deliver(backup, { message: bytes });
    };
    expect(hear(tampered)).toBe('received hmac-failed');
    expect(hear(malformed)).toBe('received hmac-malformed');
    expect(hear(message)).toBe('received accepted');
    expect(hear(message)).toBe('received hmac-replay');
  });

  it('refuses a signature outside the time window, and accepts it without a window', () => {
    for (const [antiReplay, verdict] of [
      ['time', 'received hmac-stale'],
      ['monotonic', 'received accepted'],
    ] as const) {
      const { active, backup } = pair({ hmac: { ...HMAC, antiReplay } });
      backup.input({ kind: 'clock', utc: UTC + 60_000_000 });
      expect(active.deliver(backup)).toBe(verdict);
    }
  });

  it('recovers after a forward step of the clocks (keepalived before 2.4.3 did not)', () => {
    const { active, backup, send } = pair({ hmac: HMAC });
    const set = (utc: number): void => {
      for (const bench of [active, backup]) bench.input({ kind: 'clock', utc });
    };
    set(UTC + 3_600_000_000);
    send();
    expect(active.deliver(backup)).toBe('received accepted');
    set(UTC);
    send();
    expect(active.deliver(backup)).toBe('received accepted');
  });

  it('accepts any of its keys, so that routers can change the active key one by one', () => {
    const { active, backup } = pair({ hmac: { ...HMAC, activeKey: 2 } }, { hmac: HMAC });
    expect(active.deliver(backup)).toBe('received accepted');
  });

  it('can be rolled out: permissive signs and accepts both, receive-only does not sign', () => {
    const permissive = { hmac: { ...HMAC, mode: 'permissive' as const } };
    const unsigned = pair({}, permissive);
    expect(unsigned.active.deliver(unsigned.backup)).toBe('received accepted');
    const signed = pair(permissive, { hmac: HMAC });
    expect(signed.active.deliver(signed.backup)).toBe('received accepted');
    const silent = pair({ hmac: { ...HMAC, mode: 'receive-only' } }, {});
    expect(silent.active.deliver(silent.backup)).toBe('received accepted');
  });

  it('remembers at most four senders by multicast', () => {
    const { active, backup } = pair({ hmac: HMAC });
    active.deliver(backup);
    for (let i = 20; i < 30; i++) {
      const other = new Bench({ hmac: HMAC, priority: 150 }, `10.0.0.${i}`);
      other.now = backup.now;
      other.input({ kind: 'clock', utc: UTC + i * 1_000 });
      other.start();
      other.run(other.deadline() ?? 0);
      other.deliver(backup);
    }
    expect(backup.router.instances[0]?.auth.marks.size).toBe(4);
  });
});
