/** Weights without effect are dropped as in keepalived 2.2.7. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';

const OBJECTS = `vrrp_script s {
  script /bin/true
  weight -5
}
vrrp_script plain {
  script /bin/true
}
track_file f {
  file /run/f
}
vrrp_track_process p {
  process nginx
  weight 3
}
`;
const TRACKS = `track_script {
    s
    plain
  }
  track_file {
    f
  }
  track_process {
    p
  }
  track_interface {
    eth1 weight 10
    eth2
  }`;
const instance = (
  name: string,
  priority: number,
  tracks = TRACKS,
): string => `vrrp_instance ${name} {
  interface eth0
  virtual_router_id ${name.length}
  priority ${priority}
  ${tracks}
  virtual_ipaddress {
    10.0.0.${name.length}
  }
}
`;
const read = (text: string) => {
  const { config, issues } = parseConfig(OBJECTS + text, 'k');
  const weights = ({ tracks, trackInterfaces }: (typeof config.syncGroups)[number]) => [
    ...tracks.map(({ name, weight }) => `${name} ${weight.value}`),
    ...trackInterfaces.map((track) => `${track.interface} ${track.weight.value}`),
  ];
  return {
    instances: config.instances.map((instance) => weights(instance as never)),
    groups: config.syncGroups.map(weights),
    messages: issues.map(({ message }) => message),
  };
};

describe('the weights', () => {
  it('of a Backup count', () => {
    expect(read(instance('a', 100))).toEqual({
      instances: [['s -5', 'plain 0', 'f 1', 'p 3', 'eth1 10', 'eth2 0']],
      groups: [],
      messages: [],
    });
  });

  it('of an owner are dropped with their objects; a file without a weight stays', () => {
    const { instances, messages } = read(instance('a', 255));
    expect(instances).toEqual([['plain 0', 'f 0', 'p 3', 'eth2 0']]);
    expect(messages).toEqual(
      ['eth1', 's', 'f'].map(
        (what) => `"a": the weight of ${what} is ignored, because it is an owner (priority 255)`,
      ),
    );
  });

  it('of members without sync_group_tracking_weight are dropped; an interface then stops the group', () => {
    const members = 'group {\n a\n bb\n }\n';
    const two = instance('a', 100) + instance('bb', 100, '');
    const own = ['plain 0', 'f 0', 'p 3', 'eth1 0', 'eth2 0'];
    expect(read(`${two}vrrp_sync_group g {\n ${members}}\n`).instances).toEqual([own, []]);
    const weighted = `${two}vrrp_sync_group g {\n ${members} sync_group_tracking_weight\n}\n`;
    expect(read(weighted).instances[0]).toEqual(read(instance('a', 100)).instances[0]);
  });

  it('of a group with an owner are 0', () => {
    const group = (priority: number) =>
      `${instance('a', priority, '')}${instance('bb', 100, '')}` +
      `vrrp_sync_group g {\n group {\n a\n bb\n }\n ${TRACKS}\n}\n`;
    expect(read(group(100)).groups).toEqual([
      ['s -5', 'plain 0', 'f 1', 'p 3', 'eth1 10', 'eth2 0'],
    ]);
    expect(read(group(255)).groups).toEqual([['s 0', 'plain 0', 'f 0', 'p 0', 'eth1 0', 'eth2 0']]);
  });
});
