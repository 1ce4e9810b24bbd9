/** Errors in adverts over IPv6, to unicast peers and with authentication. */
import type { Mutant } from './mutant.ts';

const ADDRESS = 'src/net/address.ts';
const LOCAL_CHECKS = 'src/net/local-checks.ts';
const ADVERTS = 'src/engine/vrrp/adverts.ts';
const AUTHENTICATION = 'src/engine/vrrp/authentication.ts';
const RECEIVE_TESTS = 'test/net/receive-checks.test.ts';
const UNICAST_TESTS = 'test/engine/vrrp/unicast.test.ts';
const AUTHENTICATION_TESTS = 'test/engine/vrrp/authentication.test.ts';

export const IPV6_MUTANTS: readonly Mutant[] = [
  {
    id: 'any-hop-limit-accepted',
    file: 'src/net/receive-checks.ts',
    find: 'fails: ({ ttl, unicast }) => !unicast && ttl !== VRRP_TTL,',
    replace: 'fails: ({ ttl, unicast, family }) => family === 4 && !unicast && ttl !== VRRP_TTL,',
    why: 'An IPv6 advert with any hop limit is accepted.',
    tests: RECEIVE_TESTS,
  },
  {
    id: 'first-address-from-f0-on',
    file: LOCAL_CHECKS,
    find: '!isLinkLocal(first)',
    replace: "!first.startsWith('f')",
    why: 'Any first address from f000:: on counts as one of fe80::/10.',
    tests: RECEIVE_TESTS,
  },
  {
    id: 'link-local-too-narrow',
    file: ADDRESS,
    find: '/^fe[89ab]/.test(address)',
    replace: "address.startsWith('fe80:')",
    why: 'Of fe80::/10 only fe80::/16 counts as link-local.',
    tests: RECEIVE_TESTS,
  },
  {
    id: 'tie-by-first-bytes',
    file: ADDRESS,
    find: 'for (let i = 0; i < left.length; i++) {',
    replace: 'for (let i = 0; i < 4; i++) {',
    why: 'Of two IPv6 addresses only the first four bytes are compared: no tie is decided.',
    tests: 'test/net/address.test.ts',
  },
  {
    id: 'ipv6-sum-of-message-alone',
    file: 'src/net/vrrp-packet.ts',
    find: "if (family === 6) return finish(withPseudo) === 0 ? 'rfc9568' : undefined;",
    replace:
      "if (family === 6) return finish(withPseudo) === 0 || finish(plain) === 0 ? 'rfc9568' : undefined;",
    why: 'An IPv6 advert with a checksum without the pseudo-header is accepted.',
    tests: RECEIVE_TESTS,
  },
  {
    id: 'ipv6-from-ipv4-address',
    file: 'src/engine/vrrp/instance.ts',
    find: 'const primary = family === 4 ? status.primary4 : status.primary6;',
    replace: 'const primary = family === 4 ? status.primary4 : status.primary4;',
    why: 'A router over IPv6 sends from the IPv4 address of its interface.',
    tests: 'test/engine/vrrp/options.test.ts',
  },
  {
    id: 'announcement-overrides-nothing',
    file: 'src/net/announce.ts',
    find: 'const flags = 0x20 | (router ? 0x80 : 0);',
    replace: 'const flags = router ? 0x80 : 0;',
    why: 'A Neighbor Advertisement without Override does not change the caches of clients.',
    tests: 'test/net/frames.test.ts',
  },
];

export const UNICAST_MUTANTS: readonly Mutant[] = [
  {
    id: 'one-message-for-all-peers',
    file: ADVERTS,
    find: 'state.encoded.messages.get(destination) ?? encode(state, destination)',
    replace: '[...state.encoded.messages.values()][0] ?? encode(state, destination)',
    why: 'Every unicast peer gets the message for the first one.',
    tests: UNICAST_TESTS,
  },
  {
    id: 'first-peer-only',
    file: ADVERTS,
    find: 'return config.unicast.peers.map(',
    replace: 'return config.unicast.peers.slice(0, 1).map(',
    why: 'Adverts go only to the first unicast peer.',
    tests: UNICAST_TESTS,
  },
  {
    id: 'last-peer-decides',
    file: ADVERTS,
    find: 'sent = sendTo(state, message, destination, priority, emit) || sent;',
    replace: 'sent = sendTo(state, message, destination, priority, emit);',
    why: 'An advert that fails only for the last peer counts as not sent.',
    tests: UNICAST_TESTS,
  },
  {
    id: 'stranger-heard-by-unicast',
    file: LOCAL_CHECKS,
    find: '(local.unicast.checkSource || from.signed) &&',
    replace: 'from.signed &&',
    why: 'check_unicast_src is ignored: every sender is accepted.',
    tests: RECEIVE_TESTS,
  },
  {
    id: 'max-ttl-ignored',
    file: LOCAL_CHECKS,
    find: '(from.ttl < peer.minTtl || from.ttl > peer.maxTtl)',
    replace: 'from.ttl < peer.minTtl',
    why: 'The max_ttl of a unicast peer is ignored.',
    tests: UNICAST_TESTS,
  },
];

export const AUTHENTICATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'ah-played-again',
    file: AUTHENTICATION,
    find: 'return ahead > 0 && ahead < 0x8000_0000;',
    replace: 'return ahead < 0x8000_0000;',
    why: 'A replayed packet with AH is accepted.',
    tests: AUTHENTICATION_TESTS,
  },
  {
    id: 'ah-numbers-do-not-wrap',
    file: AUTHENTICATION,
    find: 'return ahead > 0 && ahead < 0x8000_0000;',
    replace: 'return next > last && ahead > 0;',
    why: 'With AH no advert is accepted after the sequence number has wrapped.',
    tests: AUTHENTICATION_TESTS,
  },
  {
    id: 'active-key-only',
    file: AUTHENTICATION,
    find: 'hmac.keys.find(({ id }) => id === keyId)',
    replace: 'hmac.keys.find(({ id }) => id === keyId && id === hmac.activeKey)',
    why: 'auth_hmac accepts only the active key: routers cannot change keys one by one.',
    tests: AUTHENTICATION_TESTS,
  },
  {
    id: 'signature-played-again',
    file: AUTHENTICATION,
    find: 'if (mark !== undefined && !stranded && !isAfter(sequence, mark))',
    replace: 'if (mark !== undefined && !stranded && isAfter(mark, sequence))',
    why: 'The last signed advert of a sender may be replayed.',
    tests: AUTHENTICATION_TESTS,
  },
  {
    id: 'password-of-four-bytes',
    file: AUTHENTICATION,
    find: 'given !== undefined && sameBytes(key, given)',
    replace: 'given !== undefined && sameBytes(key.subarray(0, 4), given.subarray(0, 4))',
    why: 'Only the first four bytes of a password count.',
    tests: AUTHENTICATION_TESTS,
  },
];
