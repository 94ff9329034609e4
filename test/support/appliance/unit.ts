/** A plain unit for k3s, as its installer writes it (install.sh of k3s-io/k3s): for tests that install by hand. */
export const k3sUnit = (role: 'server' | 'agent' = 'server'): string => `[Unit]
Description=Lightweight Kubernetes (stand-in)
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/systemd/system/%N.service.env
KillMode=process
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=${role === 'server' ? 1 : 2}s
ExecStart=/usr/local/bin/k3s ${role}
`;
