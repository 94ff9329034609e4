import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { hostPackages } from '../../host/packages.ts';
import type { Log } from '../../log.ts';
import { plainEnvironment, runProcess } from '../../process.ts';

/** Its repositories are compressed since this one; older ones lack `--json` of some commands, too. */
const oldest = [0, 14] as const;

const onPath = (name: string): boolean =>
  (plainEnvironment()['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** `restic 0.14.0 compiled with ...` -> whether it is new enough; undefined where it says something else. Pure. */
export function newEnough(said: string): boolean | undefined {
  const [, major, minor] = /^restic (\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined) return undefined;
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}

let known = false;
let looking: Promise<void> | undefined;

/**
 * Makes sure that restic is there. As root on Debian and Ubuntu it is installed, as `npm start` installs what it needs
 * (unless HEARTH_NO_INSTALL=1). Throws `restic-missing` with the command for this system, `restic-too-old`.
 */
export function needRestic(log: Log): Promise<void> {
  if (known) return Promise.resolve();
  looking ??= look(log).finally(() => (looking = undefined));
  return looking;
}

async function look(log: Log): Promise<void> {
  if (!onPath('restic')) await install(log);
  const { stdout } = await runProcess(['restic', 'version'], { timeoutMs: 20_000 });
  if (newEnough(stdout) === false)
    throw new ProblemError({
      code: 'restic-too-old',
      title: 'restic is too old',
      detail: `This is ${stdout.trim()}; Hearth needs ${oldest.join('.')} or newer.`,
      fix: 'Install a newer one: from your system’s packages, or the program itself from restic.net.',
    });
  known = true;
}

async function install(log: Log): Promise<void> {
  const [command] = hostPackages(['restic']);
  const missing = (output?: string): ProblemError =>
    new ProblemError({
      code: 'restic-missing',
      title: 'The program for backups is missing',
      detail: 'Backups are kept by restic, which is not installed on the computer that Hearth runs on.',
      fix: command ? `Run: ${command}` : 'Install restic from your system’s packages, then try again.',
      ...(command && { command }),
      ...(output && { output: output.trim().split('\n').slice(-5) }),
    });
  if (process.getuid?.() !== 0 || !onPath('apt-get') || process.env['HEARTH_NO_INSTALL'] === '1') throw missing();
  log.info({}, 'restic is missing: it is installed by apt-get');
  const env = { ...plainEnvironment(), DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => runProcess(['apt-get', ...args], { env, timeoutMs: 10 * 60_000 });
  // Old lists may still do: what counts is whether the installation works.
  await apt('-qq', 'update');
  const { code, stderr } = await apt('-qq', '-y', '--no-install-recommends', 'install', 'restic');
  if (code !== 0 || !onPath('restic')) throw missing(stderr);
}
