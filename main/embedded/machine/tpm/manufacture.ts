import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { TpmPrograms } from './program.ts';

/** Two RSA/ECC keys and three certificates: about a second, ten on a busy small computer. */
const patience = 60_000;

/**
 * Makes a TPM 2.0 in `folder`, once: endorsement keys, and certificates signed by this engine's own authority, as libvirt
 * has them made. Killed at any moment it is made anew the next time; a finished one is never touched.
 */
export async function manufacture(programs: TpmPrograms, folder: string, authority: string): Promise<void> {
  if (existsSync(folder)) return;
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const certificates = programs.localCa ? ['--create-ek-cert', '--create-platform-cert'] : ['--createek'];
  const config = writeConfig(programs, dirname(folder), authority);
  try {
    const answer = await execa(
      programs.setup,
      [
        '--tpm2', '--tpm-state', fresh, '--tpm', `${programs.swtpm} socket`, '--config', config,
        ...certificates, '--lock-nvram', '--not-overwrite',
      ], // prettier-ignore
      { timeout: patience, stdin: 'ignore', all: true, reject: false, cwd: fresh },
    );
    if (answer.failed)
      throw new Error(`A new TPM could not be made (swtpm_setup): ${lastLines(answer.all) || answer.shortMessage}`);
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(config, { force: true });
  }
}

/** The system's own configuration wants to write to /var/lib; ours stays in the engine's folder. */
function writeConfig({ localCa }: TpmPrograms, beside: string, authority: string): string {
  mkdirSync(authority, { recursive: true, mode: 0o700 });
  const ca = join(authority, 'localca.conf');
  const options = join(authority, 'localca.options');
  const inAuthority = (name: string) => join(authority, name);
  writeFileSync(
    ca,
    `statedir = ${authority}\nsigningkey = ${inAuthority('signkey.pem')}\nissuercert = ${inAuthority('issuercert.pem')}\ncertserial = ${inAuthority('certserial')}\n`,
    { mode: 0o600 },
  );
  writeFileSync(options, '--platform-manufacturer Hearth\n--platform-version 1\n--platform-model VirtualMachine\n', {
    mode: 0o600,
  });
  const config = join(beside, 'tpm-setup.conf');
  writeFileSync(
    config,
    [
      ...(localCa
        ? [
            `create_certs_tool = ${localCa}`,
            `create_certs_tool_config = ${ca}`,
            `create_certs_tool_options = ${options}`,
          ]
        : []),
      'active_pcr_banks = sha256',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  return config;
}

const lastLines = (text: string | undefined): string => (text ?? '').trim().split('\n').slice(-3).join(' ').trim();
