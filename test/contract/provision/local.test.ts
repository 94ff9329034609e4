import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Elevated, Place } from '../../../main/backend/provision/place.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { sha256 } from '../../../main/backend/provision/root-run.ts';
import { quiet } from '../../support/provision/stand-ins.ts';

let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-local-'));
  bin = mkdtempSync(join(folder, 'bin-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

const program = (name: string, text: string): void => {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
  chmodSync(join(bin, name), 0o755);
};
/** sudo as an ordinary user meets it; the words are those of sudo 1.9. It notes how it was called. */
const sudo = (): void =>
  program(
    'sudo',
    `printf '%s\\n' "$*" >>"${folder}/calls"
prompt=no ask=yes
while [ $# -gt 0 ]; do
  case $1 in -k) ;; -n) ask=no ;; -S) prompt=yes ;; --) shift; break ;; *) break ;; esac
  shift
done
[ ! -e "${folder}/nopasswd" ] || exec "$@"
if [ $ask = no ] || [ $prompt = no ]; then echo 'sudo: a password is required' >&2; exit 1; fi
printf '[sudo] password for ada: ' >&2
read -r password
[ "$password" = geheim ] && exec "$@"
printf 'Sorry, try again.\\n[sudo] password for ada: \\nsudo: no password was provided\\nsudo: 1 incorrect password attempt\\n' >&2
exit 1
`,
  );
/** A person without rights, on a PATH where our stand-ins come first. */
const person = (env: NodeJS.ProcessEnv = {}): Place =>
  localPlace({ stagingRoot: join(folder, 'staging'), log: quiet, uid: 1000, env: { PATH: bin, ...env } });
const elevate = async (
  place: Place,
  options: { password?: string; argv?: string[] } = {},
): Promise<Elevated & { lines: string[] }> => {
  const lines: string[] = [];
  const outcome = await place.elevate(options.argv ?? ['/bin/sh', '-c', 'echo ran; cat; exit 4'], {
    signal: never,
    timeoutMs: 10_000,
    onLine: (line) => lines.push(line),
    ...(options.password !== undefined && { password: options.password }),
  });
  return { ...outcome, lines };
};
// PATH always has the system's folders behind ours, so a real pkexec would be met where there is one.
const noPkexec = (): void =>
  program('pkexec', 'echo "Error executing command as another user: No authentication agent found." >&2; exit 127\n');

describe('getting root on this computer', () => {
  it('runs directly where it is root already', async () => {
    const place = localPlace({ stagingRoot: join(folder, 'staging'), log: quiet, uid: 0 });
    expect(await place.elevation()).toBe('root');
    expect(await elevate(place)).toMatchObject({ outcome: 'ran', code: 4, lines: ['ran'] });
  });

  it('gives sudo the password by stdin, so that neither arguments nor the program ever have it', async () => {
    sudo();
    expect(await elevate(person(), { password: 'geheim' })).toMatchObject({ outcome: 'ran', code: 4, lines: ['ran'] });
    expect(readFileSync(join(folder, 'calls'), 'utf8')).not.toContain('geheim');
    expect(await elevate(person(), { password: 'falsch' })).toEqual({ outcome: 'wrong-password', lines: [] });
  });

  it('tells whether a password is needed, and does without where sudo does', async () => {
    sudo();
    const place = person();
    expect(await place.elevation()).toBe('sudo-password');
    expect(await elevate(place)).toEqual({ outcome: 'password-needed', lines: [] });
    writeFileSync(join(folder, 'nopasswd'), '');
    expect(await place.elevation()).toBe('sudo');
    expect(await elevate(place)).toMatchObject({ outcome: 'ran', code: 4, lines: ['ran'] });
  });

  it('asks by pkexec in a session with a screen, and tells dismissed, denied and run apart', async () => {
    const answer = (text: string, code: number): void =>
      program('pkexec', `printf '%s\\n' "$*" >"${folder}/asked"\necho "${text}" >&2; exit ${code}\n`);
    const seated = person({ DISPLAY: ':0' });
    answer('Error executing command as another user: Request dismissed', 126);
    expect(await seated.elevation()).toBe('pkexec');
    expect((await elevate(seated)).outcome).toBe('dismissed');
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/^--disable-internal-agent \/bin\/sh -c/);
    answer('Error executing command as another user: Not authorized', 127);
    expect((await elevate(seated)).outcome).toBe('denied');
    program('pkexec', 'shift; exec "$@"\n');
    expect(await elevate(seated)).toMatchObject({ outcome: 'ran', code: 4, lines: ['ran'] });
  });

  it('tries sudo where pkexec has nobody to ask', async () => {
    noPkexec();
    sudo();
    const seated = person({ WAYLAND_DISPLAY: 'wayland-0' });
    expect((await elevate(seated)).outcome).toBe('no-agent');
    writeFileSync(join(folder, 'nopasswd'), '');
    expect((await elevate(seated)).outcome).toBe('ran');
  });
});

// The real sudo of this computer, where it asks for nothing.
const realSudo = spawnSync('sudo', ['-n', 'true'], { timeout: 10_000 }).status === 0;
it.skipIf(!realSudo)('becomes root with the real sudo', async () => {
  const place = localPlace({
    stagingRoot: join(folder, 'staging'),
    log: quiet,
    uid: 1000,
    env: { PATH: process.env['PATH'] },
  });
  expect(await elevate(place, { argv: ['id', '-u'] })).toMatchObject({ outcome: 'ran', code: 0, lines: ['0'] });
});

describe('running programs on this computer', () => {
  it('has no shell, keeps what was printed, and never asks', async () => {
    const place = person();
    expect(await place.run(['printf', '%s', '$HOME; `id`'])).toMatchObject({ code: 0, stdout: '$HOME; `id`' });
    expect(await place.run(['sh', '-c', 'cat; echo oops >&2; exit 3'], { stdin: 'in' })).toMatchObject({
      code: 3,
      stdout: 'in',
      stderr: 'oops\n',
    });
    expect((await place.run(['sh', '-c', 'head -c 100000 /dev/zero'], { limit: 10 })).stdout).toHaveLength(10);
    await expect(place.run(['no-such-program'])).rejects.toMatchObject({ problem: { code: 'program-missing' } });
  });

  it('ends the whole group at the timeout, children and all', async () => {
    const result = await person().run(['sh', '-c', `sh -c 'echo $$ >${folder}/child; exec sleep 600' & wait`], {
      timeoutMs: 500,
    });
    expect(result.timedOut).toBe(true);
    const child = readFileSync(join(folder, 'child'), 'utf8').trim();
    // Ended, or only its entry is left for whoever collects orphans here.
    const state = existsSync(`/proc/${child}/stat`)
      ? readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.[0]
      : 'Z';
    expect(state).toBe('Z');
  });

  it('ends at a signal with an AbortError', async () => {
    await expect(person().run(['sleep', '600'], { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      name: /Abort|Timeout/,
    });
  });

  it('lets an elevated program finish what it is at', async () => {
    const place = localPlace({ stagingRoot: join(folder, 'staging'), log: quiet, uid: 0 });
    const abort = new AbortController();
    const lines: string[] = [];
    const outcome = await place.elevate(
      ['sh', '-c', 'trap "stop=1" TERM; echo started; sleep 0.5; echo "step done"; exit 7'],
      {
        signal: abort.signal,
        timeoutMs: 10_000,
        onLine(line) {
          lines.push(line);
          abort.abort();
        },
      },
    );
    expect(outcome).toMatchObject({ outcome: 'ran', code: 7 });
    expect(lines).toEqual(['started', 'step done']);
  });
});

describe('staging on this computer', () => {
  it('names files by their content in a folder for this user alone, and mends what is wrong there', async () => {
    const place = person();
    const big = join(folder, 'big');
    writeFileSync(big, 'a big file');
    const files = [
      { sha256: sha256(Buffer.from('a big file')), size: 10, content: { path: big } },
      { sha256: sha256(Buffer.from('text')), size: 4, content: { bytes: Buffer.from('text') } },
    ];
    const seen: number[] = [];
    const stage = async (): Promise<string> =>
      (await place.stage(files, { signal: never, onProgress: (bytes) => seen.push(bytes) })).folder;
    const staging = await stage();
    expect(seen).toEqual([10, 14]);
    expect(statSync(staging).mode & 0o777).toBe(0o700);
    expect(statSync(join(staging, files[0]?.sha256 ?? '')).ino).toBe(statSync(big).ino);
    for (const file of files) {
      rmSync(join(staging, file.sha256));
      writeFileSync(join(staging, file.sha256), 'something else');
    }
    await stage();
    for (const file of files) expect(sha256(readFileSync(join(staging, file.sha256)))).toBe(file.sha256);
    await place.unstage();
    expect(existsSync(staging)).toBe(false);
  });

  it('reads small files, and tells what cannot be read as not there', async () => {
    writeFileSync(join(folder, 'small'), 'small');
    const place = person();
    expect((await place.read(join(folder, 'small')))?.toString()).toBe('small');
    expect((await place.read(join(folder, 'small'), 2))?.toString()).toBe('sm');
    expect(await place.read(join(folder, 'none'))).toBeUndefined();
    expect(await place.read(folder)).toBeUndefined();
  });
});
