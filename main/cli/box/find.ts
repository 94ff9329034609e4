import type { FoundBox } from '../../contract/box/boxes.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { pickBox, triedRows } from './pick.ts';
import { followTask, withBoxes } from './session.ts';
import type { BoxesApi } from './session.ts';
import { foundText, rowText } from './text.ts';
import { common, print } from './words.ts';

export async function list(args: string[]): Promise<number> {
  const values = readOptions(args, common);
  return withBoxes(values['data-dir'], async (api) => {
    const rows = await triedRows(api);
    print(values.json, rows, rows.map(rowText).join('\n') || 'No box is paired.');
    return exit.ok;
  });
}

export async function look([address, ...rest]: string[]): Promise<number> {
  if (!address || address.startsWith('-')) throw new UsageError('the address is missing');
  const values = readOptions(rest, common);
  return withBoxes(values['data-dir'], async (api) => {
    const found = await api.boxes.lookAt({ address });
    print(values.json, found, foundText(found));
    return found.hello ? exit.ok : exit.failed;
  });
}

export async function scan(args: string[]): Promise<number> {
  const values = readOptions(args, common);
  return withBoxes(values['data-dir'], async (api, signal) => {
    const { taskId } = await api.boxes.scan({});
    const code = await followTask(api, taskId, signal);
    if (code !== exit.ok) return code;
    const all = await foundNow(api);
    print(values.json, all, all.map(foundText).join('\n') || 'No box answered.');
    return exit.ok;
  });
}

async function foundNow(api: BoxesApi): Promise<FoundBox[]> {
  const abort = new AbortController();
  try {
    for await (const update of api.boxes.find({}, { signal: abort.signal }))
      if (update.type === 'snapshot') return update.items;
  } finally {
    abort.abort();
  }
  return [];
}

export async function pair([address, ...rest]: string[]): Promise<number> {
  if (!address || address.startsWith('-')) throw new UsageError('the address is missing');
  const values = readOptions(rest, { ...common, code: { type: 'string' }, fingerprint: { type: 'string' } });
  const fingerprint = values.fingerprint?.replaceAll(/[\s:]/g, '').toLowerCase();
  const code = values.code?.replaceAll(/[\s-]/g, '');
  if (fingerprint !== undefined && !/^[0-9a-f]{64}$/.test(fingerprint))
    throw new UsageError('--fingerprint has 64 hexadecimal digits');
  if (code !== undefined && !/^\d{8}$/.test(code)) throw new UsageError('--code has eight digits');
  return withBoxes(values['data-dir'], async (api) => {
    const { id } = await api.boxes.pair({
      address,
      ...(code !== undefined && { code }),
      ...(fingerprint !== undefined && { fingerprint }),
    });
    const row = await pickBox(api, id);
    print(values.json, { id, name: row.name, fingerprint: row.fingerprint }, `paired with ${row.name} (${id})`);
    return exit.ok;
  });
}
