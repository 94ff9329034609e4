/** How a machine ended, as its VirtualMachineInstance tells it. */
export interface Outcome {
  phase: 'Succeeded' | 'Failed';
  reason: string;
  message: string;
}

export interface ExitFacts {
  /** Reason of QEMU's last SHUTDOWN event, e.g. guest-shutdown, host-qmp-quit, guest-panic. */
  shutdown: string | undefined;
  /** The engine asked for the end. */
  asked: boolean;
  /** Why QEMU itself stopped the guest for good. */
  broken?: string | undefined;
  /** Absent when the process was not our child (adopted). */
  code: number | null | undefined;
  signal: NodeJS.Signals | null | undefined;
  /** Last resident size seen, bytes. */
  resident: number | undefined;
  /** End of QEMU's own log. */
  log: string;
}

/** Says why a QEMU process is gone. Pure. */
export function outcomeOf(facts: ExitFacts): Outcome {
  const lastLine =
    facts.log
      .split('\n')
      .findLast((line) => line.trim() && !line.startsWith('--- ') && !line.endsWith('with no nics')) ?? '';
  const log = lastLine ? ` QEMU's last words: ${lastLine}` : '';
  if (facts.shutdown === 'guest-panic')
    return { phase: 'Failed', reason: 'GuestPanicked', message: 'The guest system panicked (a crash of its kernel).' };
  if (facts.shutdown === 'guest-shutdown')
    return { phase: 'Succeeded', reason: 'GuestShutdown', message: 'The guest shut down.' };
  if (facts.broken) return { phase: 'Failed', reason: 'InternalError', message: facts.broken };
  if (facts.asked) return { phase: 'Succeeded', reason: 'Stopped', message: 'The machine was stopped.' };
  if (facts.shutdown === 'host-signal' || facts.signal === 'SIGTERM' || facts.signal === 'SIGINT')
    return {
      phase: 'Failed',
      reason: 'Terminated',
      message:
        'The QEMU process was ended from outside, as a power cut for the guest (this computer shuts down, or someone ended the process).',
    };
  if (facts.signal === 'SIGKILL')
    return {
      phase: 'Failed',
      reason: 'Killed',
      message: `The QEMU process was killed, probably because this computer ran out of memory${facts.resident ? ` (it used ${Math.round(facts.resident / 2 ** 20)} MiB)` : ''}. Give the machine less memory, or end something else; "dmesg" tells whether the kernel did it.`,
    };
  if (facts.signal === 'SIGSYS')
    return {
      phase: 'Failed',
      reason: 'SandboxViolation',
      message: `QEMU did something that its sandbox forbids and was stopped by the kernel.${log}`,
    };
  if (facts.signal)
    return {
      phase: 'Failed',
      reason: 'Crashed',
      message: `QEMU crashed (${facts.signal}). This is an error in QEMU.${log}`,
    };
  if (facts.code) return { phase: 'Failed', reason: 'QemuError', message: `QEMU ended with code ${facts.code}.${log}` };
  if (facts.code === undefined)
    return {
      phase: 'Failed',
      reason: 'ProcessGone',
      message: `The QEMU process is gone and did not say why: it was killed, this computer ran out of memory, or it was restarted.${log}`,
    };
  return { phase: 'Failed', reason: 'QemuExited', message: `QEMU ended by itself.${log}` };
}
