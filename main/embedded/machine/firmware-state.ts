import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import type { EngineContext } from '../kube/context.ts';
import { secrets, virtualMachines } from '../kube/resources.ts';
import type { MachineFiles } from './files.ts';

// What a computer keeps beside its disks goes along in an exported file: the variables of its UEFI firmware, and the memory
// of its persistent TPM. It travels in a Secret: small, and as secret as the keys in it.

/** On an export: the Secret with its state. On a VirtualMachine that never ran: the Secret it gets its state from. */
export const stateAnnotation = 'hearth.dev/firmware-state';
const varsKey = 'vars.raw.gz';
const tpmKey = 'tpm2-00.permall.gz';
const tpmFile = 'tpm2-00.permall';
/** A TPM of swtpm has about 10 KiB; variables are a flash chip of some hundred KiB (64 MiB on ARM, nearly all of it empty). */
const largestVars = 64 * 2 ** 20;
const largestTpm = 2 ** 20;

interface Places {
  /** The variables (qcow2), and the folder of the TPM. */
  vars: string;
  tpmState: string;
}

/** A machine's state as the data of a Secret; undefined where it has none. It must be off, or a snapshot's. */
export async function packState({ config, paths }: EngineContext, { vars, tpmState }: Places): Promise<Record<string, string> | undefined> {
  const data: Record<string, string> = {};
  const base64 = (bytes: Buffer): string => gzipSync(bytes, { level: 9 }).toString('base64');
  if (existsSync(vars)) {
    const raw = join(paths.scratch, `vars-${randomUUID()}.raw`);
    mkdirSync(paths.scratch, { recursive: true, mode: 0o700 });
    try {
      await execa(config.qemuImg, ['convert', '-f', 'qcow2', '-O', 'raw', vars, raw], { timeout: 30_000 });
      data[varsKey] = base64(readFileSync(raw));
    } finally {
      rmSync(raw, { force: true });
    }
  }
  const tpm = join(tpmState, tpmFile);
  if (existsSync(tpm)) data[tpmKey] = base64(readFileSync(tpm));
  return Object.keys(data).length > 0 ? data : undefined;
} // prettier-ignore

/**
 * Gives a machine that never ran what the Secret that its VirtualMachine names holds: a machine that has state of its own keeps
 * it. `template`: the variables that the firmware begins with, whose size all variables have. What does not fit is told by an
 * Event and left: the machine then begins with new ones.
 */
export async function takeState(
  context: EngineContext,
  of: { namespace: string; name: string },
  files: Pick<MachineFiles, 'vars' | 'tpmState'>,
  template: string | undefined,
): Promise<void> {
  const { store, config } = context;
  const vm = store.get(virtualMachines, of.namespace, of.name);
  const named = vm?.metadata.annotations?.[stateAnnotation];
  // Each by itself: killed between the two, the next start takes the other one.
  const wanted = { vars: !existsSync(files.vars), tpm: !existsSync(files.tpmState) };
  if (!vm || named === undefined || (!wanted.vars && !wanted.tpm)) return;
  const data = store.get(secrets, of.namespace, named)?.['data'] as Record<string, string> | undefined;
  if (!data) return;
  try {
    const unpacked = (key: string, largest: number): Buffer | undefined =>
      data[key] === undefined ? undefined : gunzipSync(Buffer.from(data[key], 'base64'), { maxOutputLength: largest });
    const vars = wanted.vars ? unpacked(varsKey, largestVars) : undefined;
    const tpm = wanted.tpm ? unpacked(tpmKey, largestTpm) : undefined;
    if (!vars && !tpm) return;
    if (vars && (template === undefined || statSync(template).size !== vars.length))
      throw new Error(
        `its UEFI variables (${vars.length} bytes) are those of another firmware than the one of this computer`,
      );
    mkdirSync(dirname(files.vars), { recursive: true, mode: 0o700 });
    if (vars) {
      // Always read as raw: nothing in it can name another file.
      const [raw, made] = [`${files.vars}.raw`, `${files.vars}.new`];
      try {
        writeFileSync(raw, vars, { mode: 0o600 });
        await execa(config.qemuImg, ['convert', '-f', 'raw', '-O', 'qcow2', raw, made], { timeout: 30_000 });
        renameSync(made, files.vars);
      } finally {
        for (const path of [raw, made]) rmSync(path, { force: true });
      }
    }
    if (tpm) {
      const made = `${files.tpmState}.new`;
      rmSync(made, { recursive: true, force: true });
      mkdirSync(made, { recursive: true, mode: 0o700 });
      writeFileSync(join(made, tpmFile), tpm, { mode: 0o600 });
      chmodSync(made, 0o700);
      renameSync(made, files.tpmState);
    }
    context.event(vm, 'Normal', 'FirmwareStateTaken', 'The machine has the TPM and the UEFI variables that came with it.'); // prettier-ignore
  } catch (error) {
    context.event(vm, 'Warning', 'FirmwareStateNotTaken', `The TPM and UEFI variables that came with the machine were not taken: ${(error as Error).message}. It begins with new ones.`); // prettier-ignore
  }
}
