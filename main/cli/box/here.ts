import { askControl } from '../../backend/control.ts';
import type { ConsoleAnswers } from '../../backend/own-box/console.ts';
import { boxPlaces, defaultBoxDir } from '../../backend/own-box/places.ts';
import { shownFingerprint } from '../../backend/boxes/pairing/fingerprint.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exit, readOptions, UsageError } from '../command.ts';

/** Milliseconds the Hearth of this box may take: a new key means a new door. */
const patience = 60_000;
const options = { json: { type: 'boolean', default: false }, 'box-dir': { type: 'string' } } as const;

/** Asks the Hearth that makes this computer a box; only root and its own user may open its socket. */
async function ask<K extends keyof ConsoleAnswers>(folder: string | undefined, what: K): Promise<ConsoleAnswers[K]> {
  try {
    return await askControl<ConsoleAnswers[K]>(boxPlaces(folder ?? defaultBoxDir).control, what, patience);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not-running') throw notHere(error);
    throw error;
  }
}
const tell = (json: boolean, value: object, words: string): void => {
  process.stdout.write(`${json ? JSON.stringify(value) : words}\n`);
};

/** `hearth box code`: the code that pairs an app or lets the first browser in; opens a new one where there is none. */
export async function code(args: string[]): Promise<number> {
  const values = readOptions(args, options);
  const { digits, secondsLeft } = await ask(values['box-dir'], 'box-code');
  const shown = `${digits.slice(0, 4)} ${digits.slice(4)}`;
  tell(values.json, { digits, secondsLeft }, `${shown}  (good for ${Math.ceil(secondsLeft / 60)} minutes)`);
  return exit.ok;
}

/** `hearth box forget-account`: who signs in at its pages is forgotten, nothing else. */
export async function forgetAccount(args: string[]): Promise<number> {
  const values = readOptions(args, options);
  const { forgotten } = await ask(values['box-dir'], 'box-forget-account');
  const words = forgotten === null ? 'There was no account.' : `The account ${forgotten} is forgotten, its sessions are over. \`hearth box code\` lets a browser in.`; // prettier-ignore
  tell(values.json, { forgotten }, words);
  return exit.ok;
}

/** `hearth box new-identity --yes`: a new key; every app sees another box and pairs anew. */
export async function newIdentity(args: string[]): Promise<number> {
  const values = readOptions(args, { ...options, yes: { type: 'boolean', default: false } });
  if (!values.yes) throw new UsageError('a new key makes every app pair anew; say --yes if that is meant');
  const { fingerprint } = await ask(values['box-dir'], 'box-new-identity');
  tell(
    values.json,
    { fingerprint },
    `The box has a new key: ${shownFingerprint(fingerprint)} ...\nNobody is paired with it any more.`,
  );
  return exit.ok;
}

const notHere = (cause: ProblemError): ProblemError =>
  new ProblemError(
    {
      code: 'not-a-box',
      title: 'This computer is not a box, or its Hearth does not run',
      detail: 'Nobody answers on the control socket of the box, or this user may not open it.',
      fix: 'At the console of a box: `sudo hearth box ...`; see `systemctl status hearth`.',
    },
    { cause },
  );
