import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from '../backend/start.ts';
import { connect } from '../contract/connect.ts';
import { contract } from '../contract/contract.ts';
import type { Api } from '../contract/contract.ts';
import { createMachineSchema } from '../contract/machine.ts';
import type { ObjectRef } from '../contract/machine-ref.ts';
import { ProblemError } from '../contract/problem.ts';
import { exit, exitText, readOptions, untilSignalled } from './command.ts';
import type { Command } from './command.ts';
import { converse } from './expect.ts';
import type { Conversation } from './expect.ts';
import { portPair, wordsAbout } from './working.ts';

const bootLimitMs = 180_000;

export const demoCommand: Command = {
  usage: `Usage: hearth demo [--keep] [--data-dir DIR]

Builds the starter image (needs Debian's package mirror the first time), makes a virtual machine of it, logs in over the
serial console, asks it a question, and removes everything. Prints a timeline in milliseconds.

  --keep          leave the machine running and the folder in place
  --data-dir DIR  work in this folder (default: a temporary one, removed at the end)

${exitText}
`,
  async run(args) {
    const values = readOptions(args, { keep: { type: 'boolean', default: false }, 'data-dir': { type: 'string' } });
    const begun = performance.now();
    const tell = (text: string): boolean =>
      process.stdout.write(`${String(Math.round(performance.now() - begun)).padStart(8)} ms  ${text}\n`);
    const dataDir = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'hearth-demo-')));
    const temporary = values['data-dir'] === undefined && !values.keep;
    const interrupted = untilSignalled().then(() => {
      throw new ProblemError({ code: 'interrupted', title: 'Interrupted', detail: 'Cleaning up.', kind: 'cancelled' });
    });
    interrupted.catch(() => undefined); // raced below
    const backend = await startBackend({ dataDir, quiet: true });
    try {
      if (backend.engineTrouble) throw backend.engineTrouble;
      const [served, calling] = portPair();
      backend.attach(served, 'desktop');
      const connection = connect(contract, calling);
      try {
        await Promise.race([demo(connection.api, tell, values.keep), interrupted]);
      } finally {
        connection.close();
      }
      if (values.keep) process.stdout.write(`\nIt keeps running. See it:  hearth serve --data-dir ${dataDir}\n`);
    } finally {
      await backend.close({ stopVms: !values.keep });
      if (temporary) await rm(dataDir, { recursive: true, force: true });
    }
    tell('cleaned up');
    return exit.ok;
  },
};

/** The main job of a person, as a program: image, machine, login, answer. */
async function demo(api: Api, tell: (text: string) => void, keep: boolean): Promise<void> {
  const { accelerator } = await api.host.report({});
  tell(`ready; machines run on ${accelerator.chosen} (${accelerator.evidence})`);
  const { taskId, image } = await api.images.buildStarter({});
  await untilTaskEnds(api, taskId);
  tell('starter image ready');
  const user = 'demo';
  const password = randomBytes(9).toString('base64url');
  const ref = await api.machines.create(
    createMachineSchema.parse({
      name: `demo-${randomBytes(3).toString('hex')}`,
      source: { type: 'image', image },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 256 * 2 ** 20 },
      firmware: 'bios',
      cloudInit: { type: 'form', user, password },
    }),
  );
  tell(`machine ${ref.name} made`);
  const running = untilRunning(api, ref).then(() => tell('running'));
  const console_ = converse(await api.consoles.serial(ref));
  try {
    await running;
    await console_.expect(/login: ?$/m, bootLimitMs);
    tell('login prompt on the serial console');
    await logIn(console_, user, password);
    tell(`logged in as ${user}`);
    await console_.send('echo answer $((6 * 7)) on $(uname -sr)\n');
    const answer = await console_.expect(/answer 42 on [^\r\n]+/, 30_000);
    tell(`the guest says: ${answer}`);
  } finally {
    console_.close();
    if (!keep) {
      await api.machines.act({ ...ref, action: 'delete', deleteDisks: true, mode: 'now' });
      await untilGone(api, ref);
      tell('machine removed');
    }
  }
}

/** As a person does: a getty may throw away what is typed while it starts, so a refused login is tried again. */
async function logIn(console_: Conversation, user: string, password: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await console_.send(`${user}\n`);
    await console_.expect(/assword: ?/, 60_000);
    await console_.send(`${password}\n`);
    const answer = await console_.expect(/[$#] |incorrect/, 60_000);
    if (answer !== 'incorrect') return;
    if (tries === 3)
      throw new ProblemError({ code: 'login-refused', title: 'The guest refused the login', detail: 'Three times.' });
    await console_.expect(/login: ?$/m, 60_000);
  }
}

async function untilTaskEnds(api: Api, id: string): Promise<void> {
  for await (const task of wordsAbout(api.tasks.watch({}), id)) {
    if (task.state === 'done') return;
    if (task.state !== 'running')
      throw new ProblemError(
        task.problem ?? { code: 'cancelled', title: 'Cancelled', detail: task.title, kind: 'cancelled' },
      );
  }
}

async function untilRunning(api: Api, ref: ObjectRef): Promise<void> {
  for await (const { row, why } of api.machines.detail(ref)) {
    if (row.tone === 'running') return;
    if (row.tone === 'error')
      throw new ProblemError({
        code: 'machine-failed',
        title: `The machine is ${row.status}`,
        detail: why.map(({ short }) => short).join(' '),
      });
  }
}

async function untilGone(api: Api, ref: ObjectRef): Promise<void> {
  try {
    for await (const _ of api.machines.detail(ref));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'machine-not-found') throw error;
  }
}
