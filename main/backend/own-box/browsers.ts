import { ProblemError } from '../../contract/problem.ts';
import type { BrowserDoor } from '../carrier/box-sign-in.ts';
import type { SignIn } from '../carrier/sign-in.ts';
import type { Account } from './account.ts';
import type { CodeDoor } from './code.ts';
import { createLimit } from '../carrier/limits.ts';
import { tooOften } from './pairing.ts';

const minute = 60_000;

/** Who gets in by a browser: the account of the box; before there is one, whoever reads the code off its screen. */
export function createBrowserDoor(options: {
  account: Account;
  code: CodeDoor;
  signIn: SignIn;
  now?: () => number;
}): BrowserDoor {
  const { account, code, signIn, now = Date.now } = options;
  const often = createLimit({ windowMs: minute, each: 5, overall: 20, now });
  // 100 tries an hour, whoever makes them: a password of ten letters stays one.
  const long = createLimit({ windowMs: 60 * minute, each: 30, overall: 100, now });
  const how: BrowserDoor['how'] = () => {
    if (account.name !== undefined) return 'account';
    if (code.shown()) return 'code';
    const ms = code.wait();
    return ms > 0 ? { wait: ms } : 'closed';
  };
  return {
    how,
    async enter({ name, password, code: digits }, address) {
      if (!often.take(address) || !long.take(address)) throw tooOften();
      if (account.name === undefined) code.typed(digits);
      else if (!(await account.check(name, password))) throw wrong();
      return signIn.grant();
    },
  };
}

const wrong = (): ProblemError =>
  new ProblemError({
    code: 'sign-in-wrong',
    title: 'Name or password is not right',
    detail: 'The account of this box has another one.',
    fix: 'Try again. If nobody knows it any more: `hearth box forget-account` at the console of the box.',
    kind: 'denied',
  });
