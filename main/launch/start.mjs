// `npm start`: system packages, build what changed, then the window (or with --headless: one JSON line and no window).
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { allocator } from './allocator.mjs';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensurePrograms } from './system-packages.mjs';
import { openWindow } from './window.mjs';

const usage = `Usage: npm start -- [--headless] [--port N] [--data-dir DIR] [--stop-vms]

  --headless      open no window; print one JSON line {"ready":true,"url":"...","kubeconfig":"..."} when ready
  --port N        port of the page on 127.0.0.1 (default: any free one)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)
  --stop-vms      stop the virtual machines when Hearth ends (default: they keep running)

Exit codes: 0 ended as asked, 1 failed (another instance holds the data directory, ...), 2 wrong usage.
`;

function options() {
  try {
    return parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'stop-vms': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

const values = options();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
ensurePrograms(['qemu', 'qemuImg', 'ovmf', 'xz']);
await build();
const serve = [
  '--enable-source-maps',
  join(root, 'out/main/cli.js'),
  'serve',
  ...(values.port ? ['--port', values.port] : []),
  ...(values['data-dir'] ? ['--data-dir', values['data-dir']] : []),
  ...(values['stop-vms'] ? ['--stop-vms'] : []),
];
process.exitCode = values.headless
  ? await runPinned(serve, { cwd: process.cwd(), env: { ...process.env, ...allocator } })
  : await openWindow(serve, values);
