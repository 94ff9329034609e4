import type { AppInfo } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import type { Web } from './carrier/web.ts';
import type { Lan } from './lan.ts';

export const noPages: Problem = {
  code: 'no-pages',
  title: 'Hearth runs as an app',
  detail: 'It serves no pages to browsers, so there is no address to sign in at.',
  fix: 'Use its window, or end it and start `hearth serve`.',
  kind: 'failed',
};

/** What this Hearth listens at, as its pages show it. */
export const portsOf = (web: Web | undefined, lan: Lan | undefined, api: URL): AppInfo['ports'] => [
  ...(web ? [{ purpose: 'Pages (this window)', address: web.address }] : []),
  ...(lan ? [{ purpose: 'Pages for other computers', address: lan.address }] : []),
  { purpose: 'Kubernetes API of the Quick lab', address: api.origin },
];
