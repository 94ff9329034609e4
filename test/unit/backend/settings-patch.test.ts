import { expect, test } from 'vitest';
import { settingsPatchSchema, settingsSchema } from '../../../main/contract/settings.ts';

test('what a page does not send is not reset to its default', () => {
  expect(settingsPatchSchema.parse({ theme: 'light' })).toEqual({ theme: 'light' });
  expect(settingsPatchSchema.parse({})).toEqual({});
});

test('what it sends is checked as the settings are, and all of them can be sent', () => {
  expect(settingsPatchSchema.safeParse({ theme: 'pink' }).success).toBe(false);
  expect(settingsPatchSchema.safeParse({ defaultUser: '0' }).success).toBe(false);
  const { version, ...all } = settingsSchema.parse({ version: 1 });
  expect(version).toBe(1);
  expect(settingsPatchSchema.parse(all)).toEqual(all);
});
