/** Units of systemd. Their texts hold no value of a person: those are in config.yaml and the environment file. */

type Programs = '/usr/local/bin' | '/opt/bin';

/**
 * k3s as its own installer starts it (install.sh of k3s-io/k3s): KillMode=process, so that pods and virtual machines run on
 * while it restarts; no start timeout, so it must be started without blocking.
 */
export function k3sUnit(
  role: 'server' | 'agent',
  options: { programs: Programs; solo: boolean; poolFile: boolean },
): string {
  const name = role === 'server' ? 'k3s' : 'k3s-agent';
  const needs = [options.solo && 'hearth-net.service', options.poolFile && 'hearth-pool.service'].filter(
    (unit) => unit !== false,
  );
  return lines(
    '[Unit]',
    `Description=Lightweight Kubernetes${role === 'agent' ? ' (agent)' : ''}, installed by Hearth`,
    'Documentation=https://k3s.io',
    'Wants=network-online.target',
    `After=${['network-online.target', ...needs].join(' ')}`,
    ...(needs.length > 0 ? [`Requires=${needs.join(' ')}`] : []),
    '',
    '[Service]',
    'Type=notify',
    `EnvironmentFile=-/etc/systemd/system/${name}.service.env`,
    'KillMode=process',
    'Delegate=yes',
    'User=root',
    'LimitNOFILE=1048576',
    'LimitNPROC=infinity',
    'LimitCORE=infinity',
    'TasksMax=infinity',
    'TimeoutStartSec=0',
    'Restart=always',
    'RestartSec=5s',
    'ExecStartPre=-/sbin/modprobe br_netfilter',
    'ExecStartPre=-/sbin/modprobe overlay',
    // Again before every start: k3s refuses to start without a default route, and there may be none by now.
    ...(options.solo ? [`ExecStartPre=-${options.programs}/hearth-net up`] : []),
    `ExecStart=${options.programs}/k3s ${role}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  );
}

export const netUnit = (programs: Programs): string =>
  lines(
    '[Unit]',
    'Description=Fixed address of the appliance of Hearth',
    'Wants=network-online.target',
    'After=network-online.target',
    'Before=k3s.service',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${programs}/hearth-net up`,
    `ExecStop=${programs}/hearth-net down`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  );

export const poolUnit = (programs: Programs): string =>
  lines(
    '[Unit]',
    'Description=Storage pool of the appliance of Hearth',
    'RequiresMountsFor=/var/lib/hearth',
    'Before=k3s.service',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${programs}/hearth-pool`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  );

const lines = (...all: readonly string[]): string => `# Written by Hearth.\n${all.join('\n')}\n`;
