import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { boxActionSchema } from '../../contract/box/actions.ts';
import type { BoxActionInput } from '../../contract/box/actions.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { pickBox } from './pick.ts';
import { followTask, withBoxes } from './session.ts';
import { healthText, resetText, stateText } from './text.ts';
import { common, print } from './words.ts';

/** Milliseconds a box may take until its state came. */
const patience = 20_000;

function named(args: string[], ...more: string[]): { words: string[]; rest: string[] } {
  const names = ['the box (its id or name)', ...more];
  const words = args.slice(0, names.length);
  const missing = names.find((_name, at) => words[at] === undefined || words[at]?.startsWith('-'));
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  return { words, rest: args.slice(names.length) };
}

export async function state(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, { ...common, follow: { type: 'boolean', default: false } });
  return withBoxes(values['data-dir'], async (api, signal) => {
    const { id } = await pickBox(api, words[0] ?? '');
    const until = values.follow ? signal : AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    let last: Parameters<typeof stateText> | undefined;
    let before = '';
    try {
      for await (const { row, state: now } of api.boxes.state({ id }, { signal: until })) {
        last = [row, now];
        if (!values.follow && row.state !== 'connecting') break;
        if (!values.follow) continue;
        const text = stateText(row, now);
        if (values.json || text !== before) print(values.json, { row, state: now }, text);
        before = text;
      }
    } catch (error) {
      if (!until.aborted) throw error;
    }
    if (!last || values.follow) return values.follow ? exit.interrupted : exit.failed;
    print(values.json, { row: last[0], state: last[1] }, stateText(...last));
    return last[0].state === 'online' ? exit.ok : exit.failed;
  });
}

/** One action; a Task of the box's own is named, and goes on there. */
const act = (make: (words: string[], values: { anyway: boolean }) => BoxActionInput, ...more: string[]) =>
  async function run(args: string[]): Promise<number> {
    const { words, rest } = named(args, ...more);
    const values = readOptions(rest, { ...common, anyway: { type: 'boolean', default: false } });
    const action = boxActionSchema.safeParse(make(words, values));
    if (!action.success)
      throw new UsageError(action.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    return withBoxes(values['data-dir'], async (api) => {
      const { id, name } = await pickBox(api, words[0] ?? '');
      const result = await api.boxes.act({ id, action: action.data });
      const trial = result.trial ? `; on trial for ${result.trial.seconds} s as ${result.trial.id}` : '';
      print(values.json, result, `${name} does it${trial}`);
      return exit.ok;
    });
  };

export const reboot = act((_words, { anyway }) => ({ do: 'reboot', anyway }));
export const powerOff = act((_words, { anyway }) => ({ do: 'power-off', anyway }));
export const rollBack = act((_words, { anyway }) => ({ do: 'roll-back', anyway }));
export const newCode = act(() => ({ do: 'new-code' }));
export const any = act((words) => readAction(words[1] ?? ''), 'the action as JSON');

function readAction(text: string): BoxActionInput {
  try {
    return JSON.parse(text) as BoxActionInput; // checked by whoever called
  } catch (error) {
    throw new UsageError(`the action is no JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

export async function health(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const found = await api.boxes.health({ id: (await pickBox(api, words[0] ?? '')).id });
    print(values.json, found, healthText(found));
    return exit.ok;
  });
}

export async function resetPreview(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const preview = await api.boxes.resetPreview({ id: (await pickBox(api, words[0] ?? '')).id });
    print(values.json, preview, resetText(preview));
    return exit.ok;
  });
}

export async function update(args: string[]): Promise<number> {
  const { words, rest } = named(args, 'the image file');
  const values = readOptions(rest, { ...common, anyway: { type: 'boolean', default: false } });
  return withBoxes(values['data-dir'], async (api, signal) => {
    const { id } = await pickBox(api, words[0] ?? '');
    const { taskId } = await api.boxes.update({ id, image: resolve(words[1] ?? ''), anyway: values.anyway });
    return followTask(api, taskId, signal);
  });
}

export async function adopt(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const { targetId } = await api.boxes.adopt({ id: (await pickBox(api, words[0] ?? '')).id });
    print(values.json, { targetId }, `target ${targetId}`);
    return exit.ok;
  });
}

export async function logs(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, { ...common, save: { type: 'string' }, lines: { type: 'string', default: '500' } });
  return withBoxes(values['data-dir'], async (api, signal) => {
    const { id } = await pickBox(api, words[0] ?? '');
    if (values.save !== undefined) {
      const saved = await api.boxes.saveLogs({ id });
      const code = await followTask(api, saved.taskId, signal);
      if (code !== exit.ok) return code;
      const path = resolve(values.save);
      await copyFile(saved.path, path);
      print(values.json, { path }, path);
      return code;
    }
    const lines = Number(values.lines);
    if (!Number.isInteger(lines) || lines < 1 || lines > 5000) throw new UsageError('--lines is from 1 to 5000');
    const found = await api.boxes.logs({ id, lines });
    print(values.json, found, found.lines.map(({ at, unit, text }) => `${at} ${unit} ${text}`).join('\n'));
    if (found.problem) process.stderr.write(`${found.problem.title}: ${found.problem.detail}\n`);
    return exit.ok;
  });
}

export async function join(args: string[]): Promise<number> {
  const { words, rest } = named(args, 'the box whose cluster it joins');
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api, signal) => {
    const { id } = await pickBox(api, words[0] ?? '');
    const to = await pickBox(api, words[1] ?? '');
    const { taskId } = await api.boxes.join({ id, to: to.id });
    return followTask(api, taskId, signal);
  });
}

export async function forget(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const { id, name } = await pickBox(api, words[0] ?? '');
    await api.boxes.forget({ id });
    print(values.json, { id }, `${name} is forgotten`);
    return exit.ok;
  });
}

export async function wake(args: string[]): Promise<number> {
  const { words, rest } = named(args);
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const { packets } = await api.boxes.wake({ id: (await pickBox(api, words[0] ?? '')).id });
    print(values.json, { packets }, `${packets} magic packets sent`);
    return exit.ok;
  });
}
