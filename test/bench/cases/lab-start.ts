import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../../main/contract/contract.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import { taskDone, withStarter } from '../../e2e/support/guest.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import { starterImage } from '../../support/starter.ts';
import { byHand } from '../by-hand.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { recordOf, untilText } from '../lab.ts';

const runs = 3;
const lab = 'three';
const names = ['one', 'two', 'three'];
const file = `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: ${lab}, title: Three machines, summary: Three machines., minutes: 5, level: beginner }
images: [{ name: starter, use: starter }]
machines:
${names.map((name) => `  - { name: ${name}, image: starter, memory: 128Mi, firmware: bios }\n`).join('')}
steps: [{ id: first, title: First, text: Hello }]
`;

async function when(api: Api, is: (run: LabRun) => boolean): Promise<void> {
  for await (const run of api.labs.run({ lab })) if (run && is(run)) return;
}
/** Milliseconds from `started` to the machine's login prompt; what it said before somebody listened is told first. */
async function login(api: Api, name: string, started: number): Promise<number> {
  for (;;)
    try {
      const serial = await api.consoles.serial({ namespace: `lab-${lab}`, name });
      try {
        return await untilText(serial.readable, 'login:', started);
      } finally {
        serial.close();
      }
    } catch {
      if (performance.now() - started > 300_000) throw new Error(`${name} never asked for a login`);
      await delay(20); // it does not run yet
    }
}

/** A lab of three guests, from its start to their login prompts, beside the same three QEMUs by hand; and to its first step. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const image = await starterImage();
  for (const from of [image, image.replace(/qcow2$/, 'json')]) cpSync(from, join(data.path, 'starter', basename(from)));
  const folder = join(data.path, 'development');
  mkdirSync(folder);
  writeFileSync(join(folder, 'lab.yaml'), file);
  const hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  const page = await hearth.page();
  const { api } = page;
  try {
    for await (const { state } of api.target.watch({})) if (state === 'ready') break;
    await api.settings.update({ labFolder: folder });
    await withStarter(api);
    const ours: number[] = [];
    const opened: number[] = [];
    const ended: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const started = performance.now();
      const { taskId } = await api.labs.start({ lab });
      const logins = Promise.all(names.map((name) => login(api, name, started)));
      await when(api, ({ state }) => state === 'running');
      opened.push(performance.now() - started);
      await taskDone(api, taskId);
      ours.push(Math.max(...(await logins)));
      const hands = await Promise.all(names.map((name) => byHand(recordOf(data.path, name))));
      const end = performance.now();
      await taskDone(api, (await api.labs.end({ lab })).taskId);
      ended.push(performance.now() - end);
      bare.push(Math.max(...(await Promise.all(hands.map((hand) => hand.start()))).map((hand) => hand.login)));
      for (const hand of hands) hand.remove();
    }
    return [
      { what: 'start of a lab, three 128 MiB guests, to their login prompts', ours: median(ours), bare: median(bare), bareName: 'the same QEMUs by hand', unit: 'ms', better: 'lower', goal: { ratio: 1.5 }, note: `median of ${runs}; with a checkpoint of all three` },
      { what: 'until its first step is open', ours: median(opened), unit: 'ms', better: 'lower' },
      { what: 'its end, until nothing of it is there', ours: median(ended), unit: 'ms', better: 'lower' },
    ]; // prettier-ignore
  } finally {
    page.close();
    await hearth.stop();
    data.remove();
  }
}
