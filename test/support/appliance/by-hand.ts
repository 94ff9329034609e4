import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Guest } from './guest.ts';
import { k3sProgram } from './stand-in-program.ts';
import type { Mode } from './stand-in/mode.ts';

/** A plain unit, as k3s' own installer writes it (install.sh of k3s-io/k3s), but for the wait between two starts. */
const unit = (role: 'server' | 'agent'): string => `[Unit]
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
RestartSec=1s
ExecStart=/usr/local/bin/k3s ${role}
`;

/** Puts the stand-in into a guest without Hearth and starts it; for tests of the proving ground itself. */
export async function installByHand(guest: Guest, config: string, version = 'v1.36.2+k3s1'): Promise<void> {
  await guest.put(await k3sProgram(version), '/usr/local/bin/k3s', '0755');
  await guest.put(config, '/etc/rancher/k3s/config.yaml', '0600');
  await guest.put(unit('server'), '/etc/systemd/system/k3s.service');
  await guest.script('systemctl daemon-reload; systemctl enable --quiet k3s; systemctl start --no-block k3s');
}

/** How the stand-in shall misbehave from now on; nothing: not at all. */
export const behave = (guest: Guest, mode: Mode = {}): Promise<void> =>
  guest.put(JSON.stringify(mode), '/run/k3s-stand-in.json');

/** Asks until the answer is there (not undefined, not false), at most `seconds`. The last error is told when it never comes. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`, { cause: last });
    await wait(300);
  }
}

/** A kubeconfig of the guest's cluster for this computer: its path here. */
export async function kubeconfigHere(guest: Guest): Promise<string> {
  const text = await guest.get('/etc/rancher/k3s/k3s.yaml');
  const path = join(guest.folder, 'kubeconfig');
  await writeFile(path, text.replace('127.0.0.1:6443', `127.0.0.1:${guest.apiPort}`), { mode: 0o600 });
  return path;
}

/** The kubectl of this computer against the guest's cluster. Throws with what it said. */
export async function kubectl(kubeconfig: string, args: readonly string[], input?: string): Promise<string> {
  const { stdout } = await execa(
    'kubectl',
    [`--kubeconfig=${kubeconfig}`, `--cache-dir=${kubeconfig}.cache`, ...args],
    {
      timeout: 120_000,
      ...(input === undefined ? {} : { input }),
    },
  );
  return stdout;
}

export interface UnitState {
  active: string;
  sub: string;
  restarts: number;
}
export async function unitState(guest: Guest, name: string): Promise<UnitState> {
  const text = await guest.exec(['systemctl', 'show', name, '-p', 'ActiveState', '-p', 'SubState', '-p', 'NRestarts']);
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { active: value('ActiveState'), sub: value('SubState'), restarts: Number(value('NRestarts')) };
}
