import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of the TPM emulator, by their full paths. */
export interface TpmPrograms {
  /** The emulator itself. */
  swtpm: string;
  /** Makes a new TPM: endorsement keys and their certificates. */
  setup: string;
  /** Signs those certificates; without it a TPM has keys and no certificates. */
  localCa: string | undefined;
}

/** Where distributions put them besides the PATH of a user. */
const further = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

const find = (name: string, path: string): string | undefined =>
  [...new Set([...path.split(delimiter).filter(Boolean), ...further])]
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** The TPM emulator of this computer; undefined when it is not (wholly) installed. Asked anew each time: it may be installed meanwhile. */
export function findTpmPrograms(path: string = process.env['PATH'] ?? ''): TpmPrograms | undefined {
  const swtpm = find('swtpm', path);
  const setup = find('swtpm_setup', path);
  return swtpm && setup ? { swtpm, setup, localCa: find('swtpm_localca', path) } : undefined;
}

/** What to install, for whoever misses it. */
export const tpmPackages =
  'Install the packages swtpm and swtpm-tools (Debian, Ubuntu, Fedora) or swtpm (Arch, openSUSE, Homebrew)';

/** A TPM is asked for and its emulator is not installed. */
export class TpmMissing extends Error {
  override readonly name = 'TpmMissing';
  constructor() {
    super(
      `This machine has a TPM, and the TPM emulator swtpm is not installed on this computer. ${tpmPackages}, then start the machine again; or remove the TPM from the machine.`,
    );
  }
}
