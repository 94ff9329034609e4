import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';

const marker = 'STAND-IN-VERSION';
let bundled: Promise<string> | undefined;

/** The stand-in for k3s as one file that is put where `k3s` belongs; runs in the guest's own Node. Real one: HEARTH_K3S. */
export async function k3sProgram(version: string): Promise<Buffer> {
  const real = process.env['HEARTH_K3S'];
  if (real) return readFile(real);
  bundled ??= bundle();
  return Buffer.from(
    `#!/opt/hearth-test/node --disable-warning=ExperimentalWarning\n${(await bundled).replaceAll(marker, version)}`,
  );
}

async function bundle(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'error',
    root: import.meta.dirname,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(import.meta.dirname, 'stand-in/main.ts'),
      write: false,
      minify: false,
      target: 'node24',
      rolldownOptions: { output: { format: 'es', codeSplitting: false } },
    },
  });
  const output = Array.isArray(made) ? made[0]?.output : 'output' in made ? made.output : undefined;
  const [chunk] = output ?? [];
  if (chunk?.type !== 'chunk' || output?.length !== 1) throw new Error('the stand-in did not become one file');
  return chunk.code;
}
