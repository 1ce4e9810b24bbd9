/**
 * Which keywords may stand where, and what follows each: the structure of keepalived.conf up to 2.4.3.
 * What a keyword says is read elsewhere; a keyword that is not here is unknown.
 */

import type { Block } from './blocks.ts';
import type { Level, Shape } from './tree.ts';

function all(shape: Shape, text: string): Record<string, { readonly shape: Shape }> {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)

      .map((word) => [word, { shape }]),
  );
}

const TARGET = all(
  'value',
  'connect_ip connect_port bindto bind_port bind_if connect_timeout fwmark',
);
const TIMING: Level = {
  ...all('value', 'retry delay_before_retry warmup delay_loop'),
  ...all('words', 'alpha log_all_failures'),
};
const URL: Level = {
  regex: { shape: 'script' },
  ...all('value', 'path digest'),
  ...all(
    'words',
    `status_code virtualhost regex_no_match regex_options regex_min_offset regex_max_offset
    regex_stack tls_compliant`,
  ),
};
const HTTP: Level = {
  ...TARGET,
  ...TIMING,
  nb_get_retry: { shape: 'value' },
  ...all('words', 'virtualhost http_protocol fast_recovery enable_sni sni_name tls_compliant'),
  url: { shape: URL },
};
const CHECKERS: Level = {
  HTTP_GET: { shape: HTTP },
  SSL_GET: { shape: HTTP },
  TCP_CHECK: { shape: { ...TARGET, ...TIMING } },
  PING_CHECK: { shape: { ...TARGET, ...TIMING } },
  SMTP_CHECK: {
    shape: { ...TARGET, ...TIMING, helo_name: { shape: 'words' }, host: { shape: TARGET } },
  },
  DNS_CHECK: { shape: { ...TARGET, ...TIMING, ...all('value', 'type name') } },
  UDP_CHECK: {
    shape: {
      ...TARGET,
      ...TIMING,
      ...all('words', 'payload require_reply'),
      ...all('value', 'min_reply_length max_reply_length'),
    },
  },
  MISC_CHECK: {
    shape: {
      ...TIMING,
      misc_path: { shape: 'script' },
      misc_timeout: { shape: 'value' },
      ...all('words', 'misc_dynamic user'),
    },
  },
  FILE_CHECK: {
    shape: { ...TIMING, track_file: { shape: 'value' }, ...all('words', 'weight dynamic') },
  },
  BFD_CHECK: { shape: all('words', 'name alpha') },
};

const REAL_SERVER: Level = {
  ...all('command', 'notify_up notify_down'),
  ...all(
    'value',
    `weight lvs_method uthreshold lthreshold retry delay_before_retry warmup connect_timeout
    delay_loop`,
  ),
  ...all('words', `inhibit_on_failure alpha smtp_alert virtualhost snmp_name`),
  ...CHECKERS,
};
const VIRTUAL_SERVER: Level = {
  ...all('command', 'quorum_up quorum_down'),
  ...all(
    'value',
    `ip_family retry delay_before_retry warmup connect_timeout delay_loop lb_algo lvs_sched lb_kind
    lvs_method persistence_engine persistence_granularity protocol quorum hysteresis weight
    sorry_server`,
  ),
  ...all(
    'words',
    `inhibit_on_failure hashed ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback
    persistence_timeout ha_suspend smtp_alert virtualhost snmp_name alpha omega
    sorry_server_inhibit sorry_server_lvs_method`,
  ),
  real_server: { shape: REAL_SERVER },
};

export const LVS_BLOCKS: Readonly<Record<string, Block>> = {
  SSL: { process: 'check', doc: '', shape: all('words', 'password ca certificate key') },
  virtual_server_group: { process: 'check', doc: '', shape: 'lines' },
  virtual_server: { process: 'check', doc: '', shape: VIRTUAL_SERVER },
};
