import { X509Certificate } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import type { AgentPlaces } from '../places.ts';
import { must, putFile } from './commands.ts';
import type { Run } from './commands.ts';

const ours = /^hearth-\d+\.crt$/;

/** Makes the system believe these certificate authorities, and no longer the ones it was told before. */
export async function setAuthorities(places: AgentPlaces, run: Run, pems: readonly string[]): Promise<void> {
  for (const [index, pem] of pems.entries()) check(pem, index);
  const folder = places.at('/usr/local/share/ca-certificates');
  const wanted = new Map(pems.map((pem, index) => [`hearth-${index + 1}.crt`, `${pem.trim()}\n`]));
  let changed = false;
  for (const name of await readdir(folder).catch(() => []))
    if (ours.test(name) && !wanted.has(name)) {
      await rm(join(folder, name));
      changed = true;
    }
  for (const [name, text] of wanted) changed = (await putFile(join(folder, name), text)) || changed;
  if (changed)
    await must(run, 'The certificate authorities', ['update-ca-certificates', '--fresh'], { timeoutMs: 120_000 });
}

function check(pem: string, index: number): void {
  try {
    if (new X509Certificate(pem).ca) return;
  } catch {
    throw wrong(index, 'It is no certificate that can be read.');
  }
  throw wrong(index, 'It is a certificate, but not of an authority.');
}
const wrong = (index: number, detail: string): ProblemError =>
  new ProblemError({
    code: 'authority-unusable',
    title: 'A certificate authority cannot be used',
    detail: `Number ${index + 1}: ${detail}`,
    fix: 'Give the certificate of the authority itself, in PEM form.',
    fields: { [`ca.${index}`]: detail },
  });
