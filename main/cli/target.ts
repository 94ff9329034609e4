import { basename, join, resolve } from 'node:path';
import type { KubeconfigTest } from '../contract/targets.ts';
import { createLog } from '../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder } from '../backend/paths.ts';
import type { DataPaths } from '../backend/paths.ts';
import { addCluster } from '../backend/targets/kubeconfig/add.ts';
import { testKubeconfig } from '../backend/targets/kubeconfig/test.ts';
import { folderOf, forgetFiles } from '../backend/targets/folders.ts';
import { openRegistry, quickLabId } from '../backend/targets/registry.ts';
import type { Registry } from '../backend/targets/registry.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';

export const targetCommand: Command = {
  usage: `Usage: hearth target list
       hearth target use NAME
       hearth target test FILE [--context C] [--allow-exec]
       hearth target add FILE [--name NAME] [--context C] [--allow-exec] [--use]
       hearth target rename NAME NEW
       hearth target forget NAME

The places that can hold virtual machines: the Quick lab, appliances, kind clusters, and any cluster by its kubeconfig. A
Hearth that runs notices the change.

  --context C      of the kubeconfig (default: its current one)
  --allow-exec     run the programs that the kubeconfig names to sign in
  --json           JSON on stdout
  --data-dir DIR   where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText}
`,
  async run(args) {
    const options = args.findIndex((arg) => arg.startsWith('-'));
    const words = options < 0 ? args : args.slice(0, options);
    const values = readOptions(args.slice(words.length), {
      name: { type: 'string' },
      context: { type: 'string' },
      'allow-exec': { type: 'boolean', default: false },
      use: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const [verb = '', ...names] = words;
    const wanted: Record<string, number> = { list: 0, use: 1, test: 1, add: 1, rename: 2, forget: 1 };
    if (wanted[verb] === undefined) throw new UsageError(`"${verb}" is none of ${Object.keys(wanted).join(', ')}`);
    if (names.length !== wanted[verb]) throw new UsageError(`${verb} takes ${wanted[verb]} name(s)`);
    const paths = dataPaths(values['data-dir'] ?? defaultDataDir());
    for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
    const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
    const registry = await openRegistry({ file: join(paths.root, 'targets.json'), log });
    const [first = '', second = ''] = names;
    const source = {
      path: resolve(first),
      allowExec: values['allow-exec'],
      ...(values.context !== undefined && { context: values.context }),
    };
    try {
      if (verb === 'list') list(registry, values.json);
      else if (verb === 'use') await registry.use(find(registry, first));
      else if (verb === 'rename') await registry.rename(find(registry, first), second);
      else if (verb === 'forget') await forget(registry, paths, find(registry, first));
      else if (verb === 'test') return told(await testKubeconfig(source, paths.root), values.json);
      else {
        const taken = new Set(registry.entries.map(({ id }) => id));
        const name = values.name ?? basename(first).replace(/\.(ya?ml|conf|config)$/, '');
        await registry.put({
          ...(await addCluster({ ...source, name, use: values.use }, paths, taken)),
          use: values.use,
        });
      }
      return exit.ok;
    } finally {
      registry.close();
      log.close();
    }
  },
};

function list(registry: Registry, json: boolean): void {
  const rows = registry.entries.map(({ id, name, kind, place }) => ({
    id,
    name,
    kind,
    place,
    current: id === registry.currentId,
  }));
  process.stdout.write(
    json
      ? `${JSON.stringify(rows)}\n`
      : rows.map((row) => `${row.current ? '*' : ' '} ${row.name}  (${row.kind}, ${row.place})  ${row.id}\n`).join(''),
  );
}

async function forget(registry: Registry, paths: DataPaths, id: string): Promise<void> {
  if (id === quickLabId) throw new UsageError('the Quick lab cannot be forgotten');
  await registry.remove(id);
  await forgetFiles(folderOf(paths, id));
}

/** By id, else by its name when that is of one alone. */
function find(registry: Registry, name: string): string {
  const byId = registry.entries.find(({ id }) => id === name);
  if (byId) return byId.id;
  const named = registry.entries.filter((entry) => entry.name === name);
  if (named.length === 1 && named[0]) return named[0].id;
  throw new UsageError(named.length > 1 ? `"${name}" names several: say the id` : `there is no target "${name}"`);
}

function told(test: KubeconfigTest, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(test)}\n`);
  else {
    const { context, server, user, programs, insecure, answer, problem } = test;
    process.stdout.write(
      `context ${context}, user ${user}, ${server}${insecure ? ' (certificate not checked)' : ''}\n`,
    );
    if (programs.length > 0) process.stdout.write(`runs: ${programs.join('; ')} (allow with --allow-exec)\n`);
    if (answer)
      process.stdout.write(
        `Kubernetes ${answer.version}, KubeVirt ${answer.kubevirt ?? 'not there'}, CDI ${answer.cdi ?? 'not there'}, ${answer.nodes} node(s), ${answer.ms} ms\n`,
      );
    if (problem) process.stdout.write(`${problem.title}: ${problem.detail}${problem.fix ? ` ${problem.fix}` : ''}\n`);
  }
  return test.problem ? exit.failed : exit.ok;
}
