import type { BoxWishes, StickSettings } from '../../../../contract/box/settings.ts';

/** What stays on a stick that has done its work: no secret at all, and that it is done. Pure. */
export function spentSettings(settings: StickSettings, done: NonNullable<StickSettings['done']>): StickSettings {
  const { enrolment: _enrolment, network, proxy, ...rest } = settings;
  const { wifi: _wifi, ...plain } = network;
  return { ...rest, network: plain, ...(proxy && { proxy: withoutPasswords(proxy) }), done };
}

const withoutPasswords = ({ http, https, no }: NonNullable<StickSettings['proxy']>): NonNullable<StickSettings['proxy']> => ({
  ...(http !== undefined && { http: bare(http) }),
  ...(https !== undefined && { https: bare(https) }),
  ...(no !== undefined && { no }),
}); // prettier-ignore

function bare(address: string): string {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  url.username = '';
  url.password = '';
  return url.href;
}

/** What the box itself is told, without what belongs to the stick alone. Pure. */
export function wishesOf(settings: StickSettings): BoxWishes {
  const { version: _version, installId: _installId, enrolment: _enrolment, done: _done, ...wishes } = settings;
  return wishes;
}
