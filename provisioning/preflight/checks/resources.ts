import type { Checker } from '../checker.ts';
import { GiB, always, gib, ok } from '../checker.ts';

export const elsewhere = 'Use the Quick lab on this computer, or install the appliance on another one over SSH.';

const cpu: Checker = {
  id: 'cpu',
  title: 'Processor cores',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence('cpu', /^(cpus=|model name|Model)/);
    const text = `${system.cpus} ${system.cpus === 1 ? 'core' : 'cores'}${system.cpuModel ? `, ${system.cpuModel}` : ''}`;
    if (system.cpus < 2)
      return {
        status: 'problem',
        blocks: true,
        detail: `${text}; k3s alone needs two.`,
        evidence,
        fix: elsewhere,
      };
    if (system.cpus < 4)
      return {
        status: 'warning',
        detail: `${text}. k3s, KubeVirt and CDI take part of one all the time; four or more leave room for machines.`,
        evidence,
        fix: 'It works; run one or two small machines at a time.',
      };
    return ok(`${text}.`, evidence);
  },
};

/**
 * k3s about 0.8, KubeVirt with one replica of each part about 1.2, CDI about 0.3, and some for the kernel's caches: an
 * estimate until measured on a running appliance. What the pods ask for (requests) adds up to about the same.
 */
export const applianceMemory = 2.5 * GiB;

const memory: Checker = {
  id: 'memory',
  title: 'Memory',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence('memory', /^(MemTotal|MemAvailable)/);
    const left = Math.max(0, system.memory - applianceMemory - 0.75 * GiB);
    const now = Math.max(0, system.memoryAvailable - applianceMemory);
    const text = `${gib(system.memory)} of memory. k3s, KubeVirt and CDI take about ${gib(applianceMemory)}; about ${gib(left)} are left for machines, ${gib(now)} with what runs now.`;
    // What is sold as 6 GB and 8 GB shows as a little less: the firmware and graphics keep some.
    if (system.memory < 5.4 * GiB)
      return { status: 'problem', blocks: true, detail: `${text} That is too little.`, evidence, fix: elsewhere };
    if (system.memory < 7.2 * GiB)
      return {
        status: 'warning',
        detail: text,
        evidence,
        fix: 'It works for small machines; 8 GiB or more are better.',
      };
    if (now < 1 * GiB)
      return { status: 'warning', detail: text, evidence, fix: 'Close other programs before you start machines.' };
    return ok(text, evidence);
  },
};

const clock: Checker = {
  id: 'clock',
  title: 'Clock',
  group: 'system',
  applies: always,
  run({ facts: { system, raw }, time }) {
    const evidence = raw.evidence('clock');
    const off = time && system.clock !== undefined ? Math.round(system.clock - time.seconds) : undefined;
    const commands = ['sudo timedatectl set-ntp true'];
    // 2025-06-01: every version that is offered is younger.
    if (system.clock !== undefined && (system.clock < 1_748_736_000 || (off !== undefined && Math.abs(off) > 600)))
      return {
        status: 'problem',
        blocks: true,
        detail: `The clock says ${iso(system.clock)}${time && off !== undefined && Math.abs(off) > 600 ? `, ${time.by} says ${iso(time.seconds)}` : ''}. Certificates made with a wrong clock break the appliance for good.`,
        evidence,
        fix: 'Set the clock; where it is lost with each power-off, the battery on the mainboard is empty or missing.',
        commands,
      };
    if (system.clockSynchronized === false || (off !== undefined && Math.abs(off) > 60))
      return {
        status: 'warning',
        detail:
          off !== undefined && Math.abs(off) > 60
            ? `The clock is ${Math.abs(off)} seconds ${off > 0 ? 'fast' : 'slow'}.`
            : 'The clock is not kept by a time server.',
        evidence,
        fix: 'Switch time synchronization on: certificates depend on it.',
        commands,
      };
    if (system.clockSynchronized === undefined && system.timeService === undefined && time === undefined)
      return { status: 'note', detail: 'It could not be seen whether the clock is kept by a time server.', evidence };
    return ok(
      off === undefined
        ? 'The clock is kept by a time server.'
        : `The clock is right (${Math.abs(off)} s from ${time?.by}).`,
      evidence,
    );
  },
};

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');

export const resourceChecks: readonly Checker[] = [cpu, memory, clock];
