/** Two configurations of the endurance run that differ in everything a reload may change. */
export const INSTANCES = 50;
/** Seconds between two adverts of an instance. */
export const INTERVAL = 0.3;
export const SCRIPTS = 10;
/** VRIDs that one of the two configurations does not have. */
export const PASSING: readonly string[] = [String(INSTANCES)];
/** The values of an instance in both configurations. */
export const firstAddress = (vrid: number): string => `10.50.2.${vrid}`;

export interface NodePlan {
  readonly priority: number;
  /** A script that counts its runs. */
  readonly script: string;
  readonly file: string;
}

export function endlessConfig({ priority, script, file }: NodePlan, odd: boolean): string {
  const parts = [`global_defs {\n script_user root\n}\ntrack_file load {\n file ${file}\n}\n`];
  for (let i = 1; i <= SCRIPTS; i++)
    parts.push(
      `vrrp_script s${i} {\n script ${script}\n interval 1\n timeout 5\n weight ${odd ? 2 : 3}\n}\n`,
    );
  for (let vrid = 1; vrid <= INSTANCES; vrid++)
    if (!odd || !PASSING.includes(String(vrid))) parts.push(instance(vrid, priority, odd));
  const servers = odd ? [21] : [21, 22];
  const checked = servers.map(
    (host) => `real_server 10.50.1.${host} 80 {\n TCP_CHECK {\n connect_timeout 1\n }\n }`,
  );
  parts.push(
    `virtual_server 10.50.1.200 80 {\n delay_loop 1\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n ${checked.join('\n ')}\n}\n`,
  );
  return parts.join('');
}

function instance(vrid: number, priority: number, odd: boolean): string {
  const changing = `10.50.${odd ? 4 : 3}.${vrid}/32`;
  const own = `${firstAddress(vrid)}/32`;
  const lines =
    vrid % 2 === 0
      ? [block('virtual_ipaddress', [own, changing])]
      : [block('virtual_ipaddress', [own]), block('virtual_ipaddress_excluded', [changing])];
  lines.push(block('track_script', [`s${(vrid % SCRIPTS) + 1}`]));
  lines.push(...more(vrid, odd));
  return `vrrp_instance vi${vrid} {
 interface lan
 virtual_router_id ${vrid}
 priority ${priority}
 advert_int ${INTERVAL}
 version 3
 ${lines.join('\n ')}
}
`;
}

/** Some instances use features that leave objects in the kernel, some only in one configuration. */
function more(vrid: number, odd: boolean): string[] {
  if (vrid <= 5) return [block('track_interface', ['side'])];
  if (vrid <= 15) return [block('track_interface', ['side weight -60'])];
  switch (vrid) {
    case 45:
      return [
        block('virtual_routes', [`10.98.${odd ? 1 : 2}.0/24 via 10.50.1.9 dev lan table 77`]),
        block('virtual_rules', ['from 10.50.9.0/24 table 77']),
      ];
    case 46:
      return odd ? ['no_accept'] : [];
    case 47:
      return ['no_accept'];
    case 48:
      return ['use_vmac'];
    case 49:
      return [block('track_file', [`load weight ${odd ? 1 : 2}`])];
    default:
      return [];
  }
}

function block(name: string, lines: readonly string[]): string {
  return `${name} {\n  ${lines.join('\n  ')}\n }`;
}
