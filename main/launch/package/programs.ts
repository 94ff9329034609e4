import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ProblemError } from '../../contract/problem.ts';
import { appFiles } from '../../backend/boxes/image/app-files.ts';
import type { SystemFile } from '../../backend/boxes/image/app-files.ts';
import type { Processor } from '../../../provisioning/packaging/about.ts';

/** Seconds since 1970 that go into packages: SOURCE_DATE_EPOCH, else the time of the last commit, else now. */
export async function timeOf(root: string): Promise<number> {
  const told = process.env['SOURCE_DATE_EPOCH'];
  if (told !== undefined && /^\d{1,11}$/.test(told)) return Number(told);
  const { stdout, failed } = await execa('git', ['log', '-1', '--format=%ct'], { cwd: root, reject: false, timeout: 10_000 }); // prettier-ignore
  return failed ? Math.floor(Date.now() / 1000) : Number(stdout);
}

/** Hearth's Node programs with all they need, for the desktop app: the same files as in the Debian package, below one folder. */
export async function programFiles(
  root: string,
  { platform, processor }: { platform: 'linux' | 'darwin' | 'win32'; processor: Processor },
): Promise<SystemFile[]> {
  const node = `node_modules/node-${platform === 'win32' ? 'win' : platform}-${processor}`;
  const binary = `${node}/bin/${platform === 'win32' ? 'node.exe' : 'node'}`;
  await access(join(root, binary)).catch((cause: unknown) => {
    throw new ProblemError(
      {
        code: 'node-missing',
        title: 'The Node of that system is not here',
        detail: `${binary} is missing.`,
        fix: `Pack on that system, or fetch it: npm install --no-save --force --os=${platform} --cpu=${processor} ${node.slice('node_modules/'.length)}.`,
      },
      { cause },
    );
  });
  const home = 'usr/lib/hearth/';
  const files = await appFiles(root, new Map(), { node, binary });
  return files.flatMap((file) => (file.path.startsWith(home) && (platform === 'linux' || !('link' in file.from)) ? [{ ...file, path: file.path.slice(home.length) }] : [])); // prettier-ignore
}
