import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asProblem } from '../../../main/contract/problem.ts';
import { runStickHelper } from '../../../main/backend/boxes/sticks/helper/client.ts';
import type { HelperEvent } from '../../../main/backend/boxes/sticks/helper/contract.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { quiet } from '../../support/provision/stand-ins.ts';
import { loopHelper } from '../../support/boxes/stick-lab.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stick-prompt-'));
  writeFileSync(join(folder, 'image'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, text: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}`);
  chmodSync(join(folder, name), 0o755);
};
/** sudo in its own words; `password`: what it accepts, none: it does not ask. It asks again like the real one. */
const sudo = (password?: string): void =>
  program(
    'sudo',
    `printf '%s\\n' "$*" >>"${folder}/calls"
while [ $# -gt 0 ]; do case $1 in -*) [ "$1" = -- ] && { shift; break; }; shift ;; *) break ;; esac; done
${password === undefined ? 'exec "$@"' : ''}
for try in 1 2 3; do
  read -r given || { echo 'sudo: no password was provided' >&2; exit 1; }
  [ "$given" = '${password ?? ''}' ] && exec "$@"
  echo 'Sorry, try again.' >&2
done
echo 'sudo: 3 incorrect password attempts' >&2
exit 1
`,
  );

async function run(how: { password?: string; env?: NodeJS.ProcessEnv; abort?: boolean } = {}) {
  const events: HelperEvent[] = [];
  const stop = new AbortController();
  const code = await runStickHelper({
    place: localPlace({ stagingRoot: folder, log: quiet, uid: 1000, env: { PATH: folder, ...how.env } }),
    program: loopHelper,
    // No such drive: the helper comes as far as looking for it.
    call: { mode: 'write', device: '/dev/sdzz', serial: '', size: 1, diskseq: '', image: join(folder, 'image'), imageSize: 1, imageSha256: '0'.repeat(64), typed: '', fullCheck: 'no' },
    settings: how.abort ? undefined : { version: 1, installId: '0'.repeat(32), enrolment: { secret: 'S'.repeat(43), expires: '2030-01-01T00:00:00.000Z', app: { name: 'a', fingerprint: '0'.repeat(64) } } },
    password: how.password,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (how.abort) stop.abort();
    },
  }).then(
    () => 'done',
    (error: unknown) => asProblem(error).code,
  );
  return { code, events };
} // prettier-ignore

describe('becoming root for a stick', () => {
  it('by sudo: the settings come after the password, and in no argument', async () => {
    sudo('geheim');
    const { code, events } = await run({ password: 'geheim' });
    expect([code, events[0]]).toEqual(['stick-gone', { event: 'ready' }]);
    expect(readFileSync(join(folder, 'calls'), 'utf8')).not.toMatch(/geheim|SSSS/);
  });

  it('by sudo with a wrong password ends at once, and asks the sudo that waits for no other', async () => {
    sudo('geheim');
    const begun = performance.now();
    expect((await run({ password: 'falsch' })).code).toBe('root-wrong-password');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('by a sudo that did not want the password: what is left of it is not taken for settings', async () => {
    sudo();
    const { code, events } = await run({ password: 'geheim' });
    expect(code).toBe('stick-gone');
    expect(JSON.stringify(events)).not.toContain('geheim');
  });

  it('by pkexec; dismissed is told', async () => {
    const env = { DISPLAY: ':0' };
    program('pkexec', 'shift; exec "$@"\n');
    expect((await run({ env })).code).toBe('stick-gone');
    program('pkexec', 'echo "Error executing command as another user: Request dismissed" >&2; exit 126\n');
    expect((await run({ env })).code).toBe('root-dismissed');
  });

  it('is stopped by a word, where no signal of ours arrives', async () => {
    // The shell that stands in for root's process takes no signal and passes none on.
    program('pkexec', 'trap "" TERM INT; shift; "$@" <&0 & exec 0<&-; wait $!; wait $!\n');
    expect((await run({ env: { DISPLAY: ':0' }, abort: true })).code).toBe('cancelled');
  });
});
