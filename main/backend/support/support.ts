import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { DataPaths } from '../paths.ts';
import { privateFolder } from '../paths.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { collect, writeBundle } from './bundle.ts';
import type { BundleSources } from './bundle.ts';

export interface Support {
  readonly handlers: ContractHandlers['support'];
  /** Answers GET /support/NAME of a signed-in browser; false when there is no such bundle. */
  download(name: string, response: ServerResponse): Promise<boolean>;
}
/** Bundles that are kept in Hearth's own folder. */
const keep = 3;
const nameOf = (): string =>
  `hearth-support-${hostname().toLowerCase().replaceAll(/[^a-z0-9-]/g, '-').slice(0, 40)}-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`; // prettier-ignore
const fileName = /^hearth-support-[a-z0-9-]{1,80}\.tar\.gz$/;

export function createSupport(options: { paths: DataPaths; tasks: Tasks; sources: () => BundleSources }): Support {
  const { tasks } = options;
  const folder = join(options.paths.root, 'support');
  return {
    handlers: {
      async preview() {
        const files = await collect(options.sources());
        return files.map(({ path, what, size, redactions }) => ({ path, what, size, redactions }));
      },
      async make({ path: wanted }) {
        if (wanted !== undefined) await checkPath(wanted);
        const name = nameOf();
        await privateFolder(folder);
        const path = wanted ?? join(folder, `${name}.tar.gz`);
        const { id } = tasks.start(
          { type: 'support-bundle', title: 'Make a support bundle', object: { kind: 'SupportBundle', name } },
          async (task) => {
            const files = await collect(options.sources(), (title) => {
              task.signal.throwIfAborted();
              task.step(title);
            });
            task.step('Write the archive', path);
            await writeBundle(path, name, files, task.signal);
            if (wanted === undefined) await prune(folder);
          },
        );
        return { taskId: id, path, download: wanted === undefined ? `/support/${name}.tar.gz` : '' };
      },
    },
    async download(name, response) {
      if (!fileName.test(name)) return false;
      const path = join(folder, name);
      let size: number;
      try {
        ({ size } = await stat(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
      response.writeHead(200, {
        'content-type': 'application/gzip',
        'content-length': size,
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      });
      await pipeline(createReadStream(path), response);
      return true;
    },
  };
}

async function checkPath(path: string): Promise<void> {
  const refuse = (detail: string): never => {
    throw new ProblemError({ code: 'bad-path', title: 'The bundle cannot be saved there', detail, fix: 'Choose another file.', fields: { path: detail } }); // prettier-ignore
  };
  if (!isAbsolute(path)) refuse('The path must be absolute.');
  const at = await stat(dirname(path)).catch(() => undefined);
  if (!at?.isDirectory()) refuse(`There is no folder ${dirname(path)}.`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) refuse('That is a folder.');
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name));
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(keep)) await rm(join(folder, name), { force: true });
}
