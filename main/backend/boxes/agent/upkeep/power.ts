import { ProblemError } from '../../../../contract/problem.ts';
import type { Run } from './parts.ts';

/**
 * Asks systemd to restart the computer or to switch it off; when it does not even take the job within `patienceMs`, the
 * second time by force (file systems are still unmounted). Resolves once it is under way. Throws the Problem `power-refused`.
 */
export async function power(run: Run, what: 'reboot' | 'poweroff', patienceMs = 20_000): Promise<void> {
  const said: string[] = [];
  for (const extra of [[], ['--force']]) {
    const argv = ['systemctl', ...extra, '--no-wall', what];
    const { code, stderr, timedOut } = await run(argv, { timeoutMs: patienceMs, graceMs: 1000 });
    if (code === 0) return;
    said.push(timedOut ? `${argv.join(' ')}: no answer within ${patienceMs / 1000} s` : `${argv.join(' ')}: ${stderr.trim()}`);
  }
  throw new ProblemError({
    code: 'power-refused',
    title: what === 'reboot' ? 'The box does not restart' : 'The box does not switch off',
    detail: 'Its system did not take the order, not even by force.',
    cause: 'It is out of memory, or hangs in its disk.',
    fix: 'Hold its power button for five seconds, then switch it on again.',
    output: said,
  });
} // prettier-ignore
