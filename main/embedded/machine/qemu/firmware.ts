import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import type { EngineConfig } from '../../kube/context.ts';
import type { MachinePlan } from '../argv/plan.ts';

/** Makes the machine's own UEFI variables from the template, once; they outlive restarts, as in a real computer. */
export async function prepareVars(config: EngineConfig, plan: MachinePlan): Promise<void> {
  if (plan.firmware.kind !== 'uefi' || existsSync(plan.firmware.vars)) return;
  const template = varsTemplate(config, plan);
  if (!template) throw new Error('The UEFI firmware of this computer has no template for its variables (OVMF_VARS).');
  mkdirSync(dirname(plan.firmware.vars), { recursive: true, mode: 0o700 });
  // qcow2: the template has 64 MiB of nothing on some architectures.
  const temporary = `${plan.firmware.vars}.new`;
  await execa(config.qemuImg, ['convert', '-f', 'raw', '-O', 'qcow2', template, temporary], { timeout: 30_000 });
  renameSync(temporary, plan.firmware.vars);
}

/** The file that a machine's variables begin with; undefined without UEFI, or where the computer has none. */
export const varsTemplate = ({ firmware }: EngineConfig, plan: MachinePlan): string | undefined =>
  plan.firmware.kind !== 'uefi' ? undefined : plan.firmware.secure ? firmware.ovmfVarsSecure : firmware.ovmfVars;
