import { leastRole } from '../../contract/permissions.ts';
import type { PermissionId } from '../../contract/permission-rows.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { AmountKind, Amounts, Limits } from '../../contract/quotas.ts';
import type { Role } from '../../contract/roles.ts';

const denied = (code: string, title: string, detail: string, fix: string): ProblemError =>
  new ProblemError({ code, title, detail, fix, kind: 'denied' });

export const usersDamaged = (file: string, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'users-damaged',
      title: 'The list of users cannot be read',
      detail: `${file}: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`,
      cause: 'The disk lost a file, or somebody changed it.',
      fix: 'Put the file back from a backup. Or remove it: the next start of `hearth serve --lan` prints a code to begin anew.',
    },
    { cause: error },
  );
export const lastAdmin = (): ProblemError =>
  denied('last-admin', 'This is the last admin', 'Nobody could change users or settings any more.', 'Make another user an admin first.'); // prettier-ignore
export const nameTaken = (name: string): ProblemError =>
  new ProblemError({
    code: 'name-taken',
    title: 'This name is taken',
    detail: `There is a user ${name} already.`,
    fix: 'Choose another name.',
    fields: { name: 'There is a user of this name already.' },
    kind: 'denied',
  });
export const badName = (why: string): ProblemError =>
  new ProblemError({
    code: 'invalid-input',
    title: 'This name cannot be used',
    detail: why,
    fix: 'Take up to 40 letters, digits, and . _ @ - or spaces between them.',
    fields: { name: why },
  });
export const noSuchUser = (name?: string): ProblemError =>
  new ProblemError({
    code: 'not-found',
    title: 'There is no such user',
    detail: name === undefined ? 'The user was removed meanwhile.' : `Nobody is called ${name}.`,
    fix: '`hearth user list` shows who there is.',
  });
export const usersThere = (): ProblemError =>
  denied('users-there', 'This Hearth has its first admin already', 'The code is good for nothing any more.', 'Sign in. If that was not you, run `hearth user list` on that computer.'); // prettier-ignore

/** The same for a name that nobody has. */
export const wrongSignIn = (): ProblemError =>
  denied('sign-in-wrong', 'Name or password is not right', 'Nobody signs in here with these two.', 'Try again. A forgotten password is set anew by an admin, or on the computer itself with `hearth user password`.'); // prettier-ignore
export const wrongCode = (): ProblemError =>
  denied('code-wrong', 'This code is not good', 'It was typed wrongly, used already, or is older than an hour.', 'Run `hearth open` on that computer: it prints another one.'); // prettier-ignore
/** `seconds` until the next try. */
export const tooOften = (seconds: number): ProblemError =>
  denied('too-often', 'Too many tries', `After several wrong ones, each next try has to wait longer: ${seconds} ${seconds === 1 ? 'second' : 'seconds'} now.`, 'Wait, then try again.'); // prettier-ignore
export const busy = (): ProblemError =>
  denied('too-often', 'Too many people sign in just now', 'Each sign-in takes this computer a moment.', 'Try again in a few seconds.'); // prettier-ignore
export const wrongCurrent = (): ProblemError =>
  new ProblemError({
    code: 'password-wrong',
    title: 'The password is not right',
    detail: 'You have another one.',
    fix: 'Type the password that you have now.',
    fields: { current: 'This is not your password.' },
    kind: 'denied',
  });
export const notAPerson = (): ProblemError =>
  denied('no-user', 'Nobody is signed in here', 'This page belongs to whoever sits at this computer, without a name or a password.', 'Users sign in over the network: `hearth serve --lan`.'); // prettier-ignore
export const signedOut = (): ProblemError =>
  denied('signed-out', 'You are signed out', 'The session is over, or your user was changed.', 'Load the page again and sign in.'); // prettier-ignore

const inWords: Record<AmountKind, (amount: number) => string> = {
  machines: (n) => `${n} ${n === 1 ? 'machine' : 'machines'}`,
  cpus: (n) => `${Number(n.toFixed(2))} ${n === 1 ? 'vCPU' : 'vCPUs'}`,
  memory: (n) => `${gib(n)} of memory`,
  disk: (n) => `${gib(n)} of disks`,
};
const gib = (bytes: number): string => `${Number((bytes / 2 ** 30).toFixed(2))} GiB`;

/** `person`: whose limits they are. The limits that would be broken are named, each with what is used and what was asked. */
export function overQuota(
  person: string,
  over: readonly AmountKind[],
  limits: Limits,
  before: Amounts,
  after: Amounts,
): ProblemError {
  const lines = over.map((kind) => `${inWords[kind](limits[kind] ?? 0)} is the limit; ${inWords[kind](before[kind])} used, ${inWords[kind](after[kind] - before[kind])} asked for in addition.`); // prettier-ignore
  return new ProblemError({
    code: 'over-quota',
    title: `This is more than ${person} may have`,
    detail: lines.join(' '),
    cause:
      'An admin set how much each may have on a target. Machines that are off count, and so do disks without a machine, in the bin, too.',
    fix: 'Ask for less, delete what is not needed (disks in the bin count until they are deleted for good), or ask an admin for more: Settings, People.',
    kind: 'denied',
  });
}

/** `machine`: one that names it, of somebody with limits. */
export const typeInUse = (type: string, machine: string): ProblemError =>
  denied('type-in-use', 'Only an admin gives this instance type another size', `${machine} has its size from ${type}, and whoever it is of has limits.`, 'Make an instance type of another name and choose it for the machine, or ask an admin.'); // prettier-ignore

/** What a role may not do: the words that the button of a page shows, too. */
export function roleRefused(
  user: { name: string; role: Role },
  id: PermissionId,
  why: 'role' | 'not-own',
): ProblemError {
  const least = leastRole(id);
  const who = least === 'admin' ? 'an admin' : 'an operator';
  return denied(
    why === 'role' ? 'role-refused' : 'not-your-own',
    why === 'role' ? 'Your role does not allow this' : 'This is not yours',
    why === 'role'
      ? `${user.name} is ${user.role === 'admin' ? 'an admin' : user.role === 'operator' ? 'an operator' : 'a student'} here; this takes ${who}.`
      : 'A student works with labs, machines of those labs, recordings and tasks of one’s own only.',
    why === 'role' ? `Ask ${who}, or ask an admin for another role.` : `Start the lab yourself, or ask ${who}.`,
  );
}
