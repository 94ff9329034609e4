import { z } from 'zod';
import { settingsSchema } from '../contract/settings.ts';
import type { Settings, SettingsPatch } from '../contract/settings.ts';
import { readJson, writeJson } from './json-file.ts';
import type { Log } from './log.ts';
import { createLiveValue } from './target/live-value.ts';

export interface SettingsStore {
  readonly value: Settings;
  /** Checked, written, then told to all pages. */
  update(patch: SettingsPatch): Promise<Settings>;
  watch(signal: AbortSignal): AsyncIterable<Settings>;
}

/** Reads DATA/settings.json; a file that cannot be read is set aside and defaults are used. Fields of a newer version are kept. */
export async function openSettings(path: string, log: Log): Promise<SettingsStore> {
  const kept = await readJson(path, settingsSchema.loose(), log);
  const live = createLiveValue<z.infer<typeof settingsSchema>>(kept ?? settingsSchema.parse({ version: 1 }));
  let writing: Promise<unknown> = Promise.resolve();
  return {
    get value() {
      return live.value;
    },
    update(patch) {
      const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
      const next = writing.then(async () => {
        const value = settingsSchema.loose().parse({ ...live.value, ...given });
        await writeJson(path, value);
        live.set(value);
        return value;
      });
      writing = next.catch(() => undefined);
      return next;
    },
    watch: (signal) => live.watch(signal),
  };
}
