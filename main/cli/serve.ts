import { startBackend } from '../backend/backend.ts';
import type { BoxOptions } from '../backend/backend.ts';
import { defaultBoxDir } from '../backend/own-box/places.ts';
import { defaultDataDir } from '../backend/paths.ts';
import { boxPort } from '../contract/box/doors.ts';
import { exit, exitText, readOptions, readPort, untilSignalled, UsageError } from './command.ts';
import type { Command } from './command.ts';

export const serveCommand: Command = {
  usage: `Usage: hearth serve [--port N] [--data-dir DIR] [--stop-vms]
       hearth serve --box [--port N] [--box-dir DIR] [--agent SOCKET] [--data-dir DIR]

Prints exactly one JSON line on stdout when ready:
  {"ready":true,"url":"http://127.0.0.1:PORT/sign-in?code=...","kubeconfig":"DIR/kubeconfig"}
The url signs in once; \`hearth open\` prints another one. Logs go to stderr and DIR/logs.
SIGTERM or Ctrl+C ends it; virtual machines keep running.

  --port N        port of the pages on 127.0.0.1 (default: any free one)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)
  --stop-vms      stop the virtual machines when Hearth ends

  --box           this computer is a box: serves its pages and its doors for apps to the network, over TLS (port 8443 unless
                  told); the line says {"ready":true,"box":"https://127.0.0.1:PORT/","kubeconfig":...}, without a box address
                  while its key is damaged
  --box-dir DIR   what makes this box this box: its key, who is paired (default: /var/lib/hearth/box)
  --agent SOCKET  of the part that may change the computer (default: /run/hearth/agent.sock)
  --host ADDRESS  listens there only (default: all addresses)
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
      'no-announce': { type: 'boolean', default: false },
    });
    for (const name of ['box-dir', 'agent', 'host'] as const)
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
    const signalled = untilSignalled();
    const starting = startBackend({
      dataDir: values['data-dir'] ?? defaultDataDir(),
      ...(box ? { box } : { webPort: readPort(values.port) }),
    });
    // Asked to end while still starting: start to the end, so that nothing is left half-way, then end.
    const backend = await starting;
    const early = await Promise.race([signalled, Promise.resolve(undefined)]);
    if (!early)
      process.stdout.write(
        `${JSON.stringify({ ready: true, ...(box ? { box: backend.boxAddress } : { url: backend.web?.signInUrl() }), kubeconfig: backend.kubeconfig })}\n`,
      );
    const signal = await signalled;
    await backend.close({ stopVms: values['stop-vms'] });
    return signal === 'SIGINT' ? exit.interrupted : exit.ok;
  },
};
