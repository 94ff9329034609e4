import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createHost } from '../backend/host/host.ts';
import { createLog } from '../backend/log.ts';
import { assetsFolder, dataPaths, defaultDataDir, privateFolder, projectRoot } from '../backend/paths.ts';
import { collect, writeBundle } from '../backend/support/bundle.ts';
import type { BundleTarget } from '../backend/support/bundle.ts';
import { createKubeClient } from '../backend/target/client.ts';
import { readCredentials } from '../backend/target/credentials.ts';
import { openRegistry } from '../backend/targets/registry.ts';
import { exit, exitText, readOptions } from './command.ts';
import type { Command } from './command.ts';

/** Needs no running Hearth: files are read where they lie, objects from whatever target answers. */
export const supportCommand: Command = {
  usage: `Usage: hearth support [--output FILE] [--list] [--data-dir DIR]

Makes a support bundle: versions, checks, objects, ends of logs; secrets are taken out. Nothing is sent anywhere.

  --output FILE   where it goes (default: hearth-support-TIME.tar.gz here)
  --list          only print what it would hold
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText}
`,
  async run(args) {
    const values = readOptions(args, {
      output: { type: 'string' },
      list: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const paths = dataPaths(values['data-dir'] ?? defaultDataDir());
    for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
    const log = createLog({ path: join(paths.logs, 'support.log'), quiet: true });
    const targets: (BundleTarget & { close(): void })[] = [];
    try {
      const registry = await openRegistry({ file: paths.targets, log });
      for (const entry of registry.entries) targets.push(await openForBundle(entry));
      registry.close();
      const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
      const host = createHost({ dataDir: paths.root, assets: assetsFolder, override: () => 'auto' });
      const files = await collect(
        { paths, info: { version, dataDir: paths.root }, hostReport: () => host.report(), targets, secrets: [] },
        (title) => process.stderr.write(`${title}\n`),
      );
      if (values.list) {
        for (const { path, size, redactions, what } of files)
          process.stdout.write(`${String(size).padStart(9)}  ${String(redactions).padStart(4)}  ${path}  ${what}\n`);
        return exit.ok;
      }
      const name = `hearth-support-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
      const output = resolve(values.output ?? `${name}.tar.gz`);
      await writeBundle(output, name, files);
      process.stdout.write(`${output}\n`);
      return exit.ok;
    } finally {
      for (const target of targets) target.close();
      log.close();
    }
  },
};

async function openForBundle(entry: {
  id: string;
  name: string;
  kubeconfig: string;
  kind: string;
  place: string;
}): Promise<BundleTarget & { close(): void }> {
  const { id, kubeconfig, ...state } = entry;
  try {
    const client = createKubeClient(await readCredentials(kubeconfig));
    return { id, kubeconfig, state, client, close: () => client.close() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { id, kubeconfig, state: { ...state, 'could not be opened': why }, close: () => undefined };
  }
}
