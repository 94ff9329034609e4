import { ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import type { Elevated, ElevateOptions, Place, StagedFile } from '../place.ts';
import { shellWords, sudoOutcome } from './elevation.ts';
import { hostKeyChanged, hostKeyUnknown } from './known-hosts.ts';
import type { KnownHosts } from './known-hosts.ts';
import { connectSsh, sshTimes } from './ssh-connection.ts';
import type { SshChoice, SshConnection } from './ssh-connection.ts';
import { runRemote } from './ssh-run.ts';
import type { Ran, RunRemote } from './ssh-run.ts';
import { remoteFiles } from './ssh-stage.ts';
import type { RemoteFiles } from './ssh-stage.ts';

/** Milliseconds the helper may finish the step it is at when it is told to stop. */
const patienceMs = 300_000;
/** Of a sum of 2 GB on a slow disk. */
const hashLimitMs = 10 * 60_000;

/**
 * Another computer over SSH. Connects on first use, and anew after a lost connection. The host key must be the pinned one;
 * one that was never seen is pinned only when it is the `hostKey` that the person accepted. Secrets stay in memory.
 */
export async function openSshPlace(
  choice: SshChoice,
  options: {
    knownHosts: KnownHosts;
    log: Log;
    times?: typeof sshTimes;
    /** In the home folder there. */ staging?: string;
  },
): Promise<Place> {
  const { knownHosts, log } = options;
  const { host, port, user } = choice;
  const where = `${host}:${port}`;
  let live: SshConnection | undefined;
  let opening: Promise<SshConnection> | undefined;
  let files: Promise<RemoteFiles> | undefined;
  let uid: Promise<number> | undefined;
  let closed = false;

  async function connect(): Promise<SshConnection> {
    const connection = await connectSsh(
      choice,
      async (found) => {
        const pinned = await knownHosts.get(host, port);
        if (pinned && pinned.key !== found.key) throw hostKeyChanged(host, found, pinned);
        if (choice.hostKey !== undefined && choice.hostKey !== found.key)
          throw hostKeyChanged(host, found, { key: choice.hostKey, type: 'as accepted' });
        if (pinned) return;
        if (choice.hostKey === undefined) throw hostKeyUnknown(host, found);
        await knownHosts.pin(host, port, found);
        log.info({ host, port, ...found }, 'host key pinned');
      },
      options.times,
    );
    connection.lost.catch((error: unknown) => {
      if (!closed) log.info({ err: error, host, port }, 'an SSH connection ended');
    });
    return connection;
  }
  async function connection(): Promise<SshConnection> {
    if (closed) throw new TypeError('the place was closed');
    if (live?.open) return live;
    opening ??= connect()
      .then((fresh) => {
        files = undefined;
        live = fresh;
        return fresh;
      })
      .finally(() => (opening = undefined));
    return opening;
  }
  const filesThere = async (): Promise<RemoteFiles> => {
    const on = await connection();
    files ??= on.sftp().then((sftp) => remoteFiles(sftp, on.lost));
    return files;
  };
  const ran = async (argv: readonly string[], how: RunRemote = {}): Promise<Ran> =>
    runRemote(await connection(), argv, how, where);
  const works = async (argv: readonly string[]): Promise<boolean> => (await ran(argv)).code === 0;
  const there = (program: string): Promise<boolean> => works(['sh', '-c', 'command -v "$1"', 'sh', program]);
  const uidThere = (): Promise<number> => {
    uid ??= ran(['id', '-u']).then(({ stdout }) => Number(stdout.toString('utf8').trim()));
    uid.catch(() => (uid = undefined)); // asked again after a lost connection
    return uid;
  };
  const folderThere = async (): Promise<string> =>
    `${await (await filesThere()).home()}/${options.staging ?? '.hearth-staging'}`;

  const elevate = async (argv: readonly string[], how: ElevateOptions): Promise<Elevated> => {
    how.signal.throwIfAborted();
    const attempt = async (prefix: readonly string[], stdin?: string) => {
      let spoke = false;
      const { code, stderr } = await ran([...prefix, ...argv], {
        signal: how.signal,
        timeoutMs: how.timeoutMs,
        patienceMs,
        ...(stdin !== undefined && { stdin }),
        onLine(line) {
          spoke = true;
          how.onLine(line);
        },
      });
      return { code, stderr: stderr.toString('utf8'), spoke };
    };
    if ((await uidThere()) === 0) {
      const { code, stderr } = await attempt([]);
      return { outcome: 'ran', code, stderr };
    }
    if (!(await there('sudo'))) return { outcome: 'missing', command: shellWords(argv) };
    // Where sudo asks for no password, one on stdin would go on to the program.
    const asks = how.password !== undefined && !(await works(['sudo', '-k', '-n', 'true']));
    return sudoOutcome(
      asks
        ? await attempt(['sudo', '-k', '-S', '-p', '', '--'], `${how.password}\n`)
        : await attempt(['sudo', '-n', '--']),
    );
  };

  /** Whether the file there is what its name says. */
  async function isWhole(path: string, file: StagedFile): Promise<boolean> {
    const found = await (await filesThere()).stat(path);
    if (!found?.isFile() || found.size !== file.size) return false;
    const summed = await ran(['sha256sum', '-b', '--', path], { timeoutMs: hashLimitMs });
    if (summed.code !== 0)
      throw new ProblemError({
        code: 'ssh-no-sha256sum',
        title: 'A sent file cannot be checked',
        detail: `${where}: ${summed.stderr.toString('utf8').trim() || 'sha256sum failed'}`,
        fix: 'Install coreutils there.',
      });
    return summed.stdout.toString('utf8').startsWith(file.sha256);
  }
  const stage: Place['stage'] = async (list, how) => {
    const folder = await folderThere();
    const total = list.reduce((sum, file) => sum + file.size, 0);
    const at = await filesThere();
    await at.privateFolder(folder, await uidThere());
    let sent = 0;
    for (const file of list) {
      how.signal.throwIfAborted();
      const path = `${folder}/${file.sha256}`;
      if (!(await isWhole(path, file))) {
        const part = `${path}.part`;
        const before = await at.stat(part);
        const from = before?.isFile() && before.size <= file.size ? before.size : 0;
        await at.append(part, file, from, how, sent, total);
        // What an earlier connection left may have been damaged there: then all of it once more.
        if (from > 0 && !(await isWhole(part, file))) await at.append(part, file, 0, how, sent, total);
        if (!(await isWhole(part, file))) {
          await at.remove(part);
          throw new ProblemError({
            code: 'ssh-transfer-damaged',
            title: 'A file arrived damaged',
            detail: `${file.sha256} is another one on ${where} than here.`,
            fix: 'Start it again; if it stays so, the disk there or the network is broken.',
          });
        }
        await at.remove(path);
        await at.rename(part, path);
      }
      sent += file.size;
      how.onProgress(sent, total);
    }
    return { folder };
  };

  return {
    id: `ssh:${user}@${host}:${port}`,
    title: host,
    type: 'ssh',
    address: host,
    async run(argv, how = {}) {
      const { code, stdout, stderr, timedOut } = await ran(argv, how);
      return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8'), timedOut };
    },
    async elevation() {
      if ((await uidThere()) === 0) return 'root';
      if (!(await there('sudo'))) return 'none';
      return (await works(['sudo', '-n', 'true'])) ? 'sudo' : 'sudo-password';
    },
    elevate,
    stage,
    async unstage() {
      // A machine that never let us in got nothing from us, and must not be knocked at again (wrong passwords are counted).
      if (!live) return;
      const { code, stderr } = await ran(['rm', '-rf', '--', await folderThere()]);
      if (code === 0) return;
      throw new ProblemError({
        code: 'ssh-unstage-failed',
        title: 'What was sent could not be taken away',
        detail: `${where}: ${stderr.toString('utf8').trim() || `rm ended with ${String(code)}`}`,
        fix: `Remove ${options.staging ?? '.hearth-staging'} in the home folder there.`,
      });
    },
    read: async (path, limit = 1024 * 1024) => (await filesThere()).read(path, limit),
    async close() {
      closed = true;
      const last = live ?? (await opening?.catch(() => undefined)); // its failure was told to whoever asked
      last?.end();
    },
  };
}
