import { isIP } from 'node:net';
import { startBackend } from '../backend/start.ts';
import type { BoxOptions } from '../backend/backend.ts';
import { shownFingerprint } from '../backend/boxes/pairing/fingerprint.ts';
import type { Lan, LanOptions } from '../backend/lan.ts';
import { defaultBoxDir } from '../backend/own-box/places.ts';
import { defaultDataDir } from '../backend/paths.ts';
import { takeServiceManager } from '../backend/service-manager.ts';
import { lanPort } from '../contract/roles.ts';
import { boxPort } from '../contract/box/doors.ts';
import { exit, exitText, readOptions, readPort, untilSignalled, UsageError } from './command.ts';
import type { Command } from './command.ts';

export const serveCommand: Command = {
  usage: `Usage: hearth serve [--port N] [--data-dir DIR] [--stop-vms]
       hearth serve --lan [--port N] [--host ADDRESS] [--name NAME] [--data-dir DIR] [--stop-vms]
       hearth serve --box [--port N] [--box-dir DIR] [--agent SOCKET] [--data-dir DIR]

Prints exactly one JSON line on stdout when ready:
  {"ready":true,"url":"http://127.0.0.1:PORT/sign-in?code=...","kubeconfig":"DIR/kubeconfig"}
The url signs in once; \`hearth open\` prints another one. Logs go to stderr and DIR/logs.
SIGTERM or Ctrl+C ends it; virtual machines keep running.

  --port N        port of the pages on 127.0.0.1 (default: any free one)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)
  --stop-vms      stop the virtual machines when Hearth ends

  --lan           serves the pages to other computers, over TLS, to people who sign in with a name and a password (port ${lanPort}
                  unless told); the line says {"ready":true,"url":"https://ADDRESS:PORT/","fingerprint":...,"kubeconfig":...},
                  and, until the first admin is there, "setup" with the address and "code" that make one (good for an hour;
                  \`hearth open\` prints another). \`hearth user\` adds people
  --name NAME     a name or address under which browsers reach this computer, beside its own ones (may be given several times)

  --box           this computer is a box: serves its pages and its doors for apps to the network, over TLS (port 8443 unless
                  told); the line says {"ready":true,"box":"https://127.0.0.1:PORT/","kubeconfig":...}, without a box address
                  while its key is damaged; the Quick lab starts after that
  --box-dir DIR   what makes this box this box: its key, who is paired (default: /var/lib/hearth/box)
  --agent SOCKET  of the part that may change the computer (default: /run/hearth/agent.sock)
  --host ADDRESS  with --lan or --box: listens there only (default: all addresses)
  --no-announce   does not tell the network by mDNS that it is here

${exitText} Another instance on the same data directory: 1.
`,
  async run(args) {
    const values = readOptions(args, {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      'stop-vms': { type: 'boolean', default: false },
      box: { type: 'boolean', default: false },
      'box-dir': { type: 'string' },
      agent: { type: 'string' },
      host: { type: 'string' },
      lan: { type: 'boolean', default: false },
      name: { type: 'string', multiple: true },
      'no-announce': { type: 'boolean', default: false },
    });
    if (values.lan && values.box) throw new UsageError('--lan and --box exclude each other: a box has its own sign-in');
    if (values.host !== undefined && !values.box && !values.lan)
      throw new UsageError('--host is for --lan and --box only: without them the pages are for this computer alone');
    if (values.name !== undefined && !values.lan) throw new UsageError('--name is for --lan only');
    for (const name of ['box-dir', 'agent'] as const)
      if (values[name] !== undefined && !values.box) throw new UsageError(`--${name} is for --box only`);
    const box: BoxOptions | undefined = values.box
      ? {
          dir: values['box-dir'] ?? defaultBoxDir,
          agent: values.agent ?? '/run/hearth/agent.sock',
          port: values.port === undefined ? boxPort : readPort(values.port),
          ...(values.host !== undefined && { host: values.host }),
          announce: !values['no-announce'],
        }
      : undefined;
    const lan: LanOptions | undefined = values.lan
      ? {
          port: values.port === undefined ? lanPort : readPort(values.port),
          ...(values.host !== undefined && { host: values.host }),
          names: (values.name ?? []).map(readName),
        }
      : undefined;
    const signalled = untilSignalled();
    const manager = takeServiceManager();
    const starting = startBackend({
      dataDir: values['data-dir'] ?? defaultDataDir(),
      ...(box ? { box } : lan ? { lan } : { webPort: readPort(values.port) }),
    });
    // Asked to end while still starting: start to the end, so that nothing is left half-way, then end.
    const backend = await starting;
    const early = await Promise.race([signalled, Promise.resolve(undefined)]);
    if (!early) {
      process.stdout.write(
        `${JSON.stringify({ ready: true, ...(box ? { box: backend.boxAddress } : backend.lan ? readyLan(backend.lan) : { url: backend.web?.signInUrl() }), kubeconfig: backend.kubeconfig })}\n`,
      );
      await manager.begin({ alive: () => backend.alive(), log: backend.log });
    }
    const signal = await signalled;
    manager.close();
    await backend.close({ stopVms: values['stop-vms'] });
    return signal === 'SIGINT' ? exit.interrupted : exit.ok;
  },
};

/** What the line says, and what a person at the terminal needs to know. */
function readyLan(lan: Lan): { url: string; fingerprint: string; setup?: string; code?: string } {
  const { address: url, fingerprint } = lan;
  const setup = lan.setup();
  const lines = [
    `Hearth serves the network at ${url}`,
    `  fingerprint of its certificate (SHA-256): ${shownFingerprint(fingerprint, 64)}`,
    '  Browsers warn of it once: compare the fingerprint before you go on.',
    ...(setup ? [`  Nobody can sign in yet. Open ${setup.url}`, `  or type the code ${setup.code} there.`] : []),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return { url, fingerprint, ...(setup && { setup: setup.url, code: setup.code }) };
}

/** A host name or an address, as it stands between https:// and the port. */
function readName(text: string): string {
  const name = text.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(name) || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) return name;
  throw new UsageError(`--name must be a host name or an address, not "${text}"`);
}
