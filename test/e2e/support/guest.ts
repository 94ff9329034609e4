import type { Locator, Page } from 'playwright-core';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachineInput, MachineRow } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { Task } from '../../../main/contract/task.ts';
import { converse } from '../../../main/cli/expect.ts';
import type { Layouts } from '../../../renderer/features/console/keys/layout.ts';
import { typeWith } from '../../../renderer/features/console/keys/layout.ts';
import keymaps from '../../../assets/keymaps/keymaps.json' with { type: 'json' };
import { until } from '../../support/hearth.ts';

export const user = 'ada';
export const password = 'engine-9';
const bootMs = 120_000;

/** Waits until a task ended; throws its problem. */
export async function taskDone(api: Api, id: string): Promise<Task> {
  const tasks = await until(api.tasks.watch({}), (task) => task.id, (all) => all.get(id)?.state !== 'running' && all.has(id), bootMs); // prettier-ignore
  const task = tasks.get(id);
  if (task?.state !== 'done') throw new Error(`the task ended as ${task?.state}: ${JSON.stringify(task?.problem)}`);
  return task;
}

/** Puts the starter image into the library; nothing happens when it is there. */
export async function withStarter(api: Api): Promise<ObjectRef> {
  const { taskId, image } = await api.images.buildStarter({});
  await taskDone(api, taskId);
  return image;
}

/** A machine from the starter image, small and quick to boot. */
export async function starterMachine(
  api: Api,
  name: string,
  more: Partial<CreateMachineInput> = {},
): Promise<ObjectRef> {
  return api.machines.create(
    createMachineSchema.parse({
      name,
      source: { type: 'image', image: await withStarter(api) },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 192 * 2 ** 20 },
      firmware: 'bios',
      cloudInit: { type: 'form', hostname: name, user, password },
      ...more,
    }),
  ); // prettier-ignore
}

/** Follows the machine until its row is as wanted. */
export async function rowOf(
  api: Api,
  name: string,
  wanted: (row: MachineRow) => boolean,
  limitMs = bootMs,
): Promise<MachineRow> {
  const rows = await until(
    api.machines.watch({}),
    (row) => row.name,
    (all) => wanted(all.get(name) ?? ({} as MachineRow)),
    limitMs,
  );
  return rows.get(name)!;
}

export interface Shell {
  /** Runs a command and gives what it printed, with `end:CODE` as the last line. */
  run(command: string): Promise<string>;
  close(): void;
}

/** A login on the serial console without any page: for asking the guest what it got. */
export async function serialShell(api: Api, of: ObjectRef): Promise<Shell> {
  const line = converse(await api.consoles.serial(of));
  await line.expect(/login: ?$/m, bootMs);
  await line.send(`${user}\n`);
  await line.expect(/assword: ?/, 60_000);
  await line.send(`${password}\n`);
  await line.expect(/[$#] /, 60_000);
  return {
    // The marks are split in what is typed, so that its echo does not match.
    async run(command) {
      await line.send(`echo "be""gin"; ${command}; echo "en""d:$?"\n`);
      const text = await line.expect(/begin\r?\n[^]*end:\d+\r?\n/, 60_000);
      return text.replaceAll('\r', '').replace(/^[^]*begin\n/, '');
    },
    close: () => line.close(),
  };
} // prettier-ignore

/** What xterm.js shows now. */
export const terminal = (page: Page): Locator => page.locator('.xterm-rows');

/** Waits until the terminal shows it; gives what matched. */
export async function shows(page: Page, pattern: RegExp, timeout = 60_000): Promise<string> {
  try {
    await terminal(page).filter({ hasText: pattern }).waitFor({ timeout });
    return pattern.exec((await terminal(page).innerText()).replaceAll(/\s+/g, ' '))?.[0] ?? '';
  } catch (error) {
    throw new Error(`the terminal does not show ${String(pattern)}, but:\n${await terminal(page).innerText()}`, { cause: error }); // prettier-ignore
  }
}

/** Types a line by key events into whatever has the focus. */
export async function typeLine(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text, { delay: 5 });
  await page.keyboard.press('Enter');
}

/** Types a line on the keys of a US keyboard, Shift included: a screen gets keys, not characters. */
export async function pressLine(page: Page, text: string): Promise<void> {
  const us = (keymaps as Layouts)['us'];
  if (!us) throw new Error('no US layout');
  for (const [keys = []] of typeWith(us, text).characters)
    await page.keyboard.press(`${keys.length > 1 ? 'Shift+' : ''}${keys.at(-1)?.code}`);
  await page.keyboard.press('Enter');
}

/** Logs in on the serial console that has the focus. */
export async function logIn(page: Page, as: string, secret: string): Promise<void> {
  await shows(page, /login: *$/, bootMs);
  await typeLine(page, as);
  await shows(page, /assword: *$/);
  await typeLine(page, secret);
  // Not at the end: what the guest is still doing may say so behind its prompt.
  await shows(page, /\w@[\w.-]+:\S*[$#]/);
}

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, to: Locator, key = 'Tab'): Promise<void> {
  await to.waitFor();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await to.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${String(to)} cannot be reached with ${key}`);
}

/** Waits until the guest's own screen (as it reads it back from its video console) shows it. */
export async function guestScreen(shell: Shell, pattern: RegExp): Promise<void> {
  let seen = '';
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    seen = (await shell.run('fold -w 80 /dev/vcs1')).replace(/\s*end:\d+\s*$/, '').trimEnd();
    if (pattern.test(seen)) return;
  }
  throw new Error(`the guest's screen does not show ${String(pattern)}, but:\n${seen}`);
}
