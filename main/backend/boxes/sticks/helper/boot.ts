/**
 * What Node is told to run as root: it takes the helper from its stdin, compares it with the SHA-256 among its arguments, and
 * runs just these bytes. No file of the user's is read, so none can be changed between the check and the run. A constant:
 * hash, length and arguments are never read as code. Whatever a prompt left on stdin before them is passed over.
 */
const boot = `
const { createHash } = require('node:crypto');
const { rmSync, writeSync } = require('node:fs');
const { dirname } = require('node:path');
const [sha256, size] = process.argv.splice(1, 2, 'stick-helper');
const own = dirname(process.execPath);
if (/^\\/(run|var\\/tmp|root)\\/hearth-\\w{10}$/.test(own)) rmSync(own, { recursive: true, force: true });
const tell = (event) => writeSync(1, JSON.stringify(event) + '\\n');
const mark = Buffer.from('code ' + sha256 + '\\n');
const { stdin } = process;
let got = Buffer.alloc(0);
const end = () => { process.exitCode = 5; };
const take = (chunk) => {
  got = Buffer.concat([got, chunk]);
  const from = got.indexOf(mark) + mark.length;
  const to = from + Number(size);
  if (from < mark.length || got.length < to) return;
  stdin.off('data', take).off('end', end).pause();
  const code = got.subarray(from, to);
  if (createHash('sha256').update(code).digest('hex') !== sha256) {
    tell({ event: 'failed', problem: { code: 'stick-helper-changed', title: 'The stick’s helper is not the one that was checked', detail: 'What arrived has another SHA-256. Nothing was run as administrator.' } });
    stdin.destroy();
    return end();
  }
  if (got.length > to) stdin.unshift(got.subarray(to));
  import('data:text/javascript;base64,' + code.toString('base64'));
};
stdin.on('data', take).on('end', end);
tell({ event: 'boot' });
`.trim();

/** Arguments of Node for a helper of these bytes. */
export const bootArguments = (sha256: string, size: number): string[] => ['-e', boot, sha256, String(size)];

/** What is written to its stdin once it said `boot`. */
export const codeMessage = (code: Buffer, sha256: string): Buffer =>
  Buffer.concat([Buffer.from(`code ${sha256}\n`), code]);
