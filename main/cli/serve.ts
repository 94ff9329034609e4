import { startBackend } from '../backend/backend.ts';
import { defaultDataDir } from '../backend/paths.ts';
import { exit, exitText, readOptions, readPort, untilSignalled } from './command.ts';
import type { Command } from './command.ts';

export const serveCommand: Command = {
  usage: `Usage: hearth serve [--port N] [--data-dir DIR] [--stop-vms]

Prints exactly one JSON line on stdout when ready:
  {"ready":true,"url":"http://127.0.0.1:PORT/sign-in?code=...","kubeconfig":"DIR/kubeconfig"}
The url signs in once; \`hearth open\` prints another one. Logs go to stderr and DIR/logs.
SIGTERM or Ctrl+C ends it; virtual machines keep running.

  --port N        port of the pages on 127.0.0.1 (default: any free one)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)
  --stop-vms      stop the virtual machines when Hearth ends

${exitText} Another instance on the same data directory: 1.
`,
  async run(args) {
    const values = readOptions(args, {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      'stop-vms': { type: 'boolean', default: false },
    });
    const webPort = readPort(values.port);
    const signalled = untilSignalled();
    const starting = startBackend({ dataDir: values['data-dir'] ?? defaultDataDir(), webPort });
    // Asked to end while still starting: start to the end, so that nothing is left half-way, then end.
    const backend = await starting;
    const early = await Promise.race([signalled, Promise.resolve(undefined)]);
    if (!early)
      process.stdout.write(
        `${JSON.stringify({ ready: true, url: backend.web?.signInUrl(), kubeconfig: backend.kubeconfig })}\n`,
      );
    const signal = await signalled;
    await backend.close({ stopVms: values['stop-vms'] });
    return signal === 'SIGINT' ? exit.interrupted : exit.ok;
  },
};
