import type { FirstBoot, Snippet } from '../../../main/contract/cloud-init.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { foldList } from '../../lib/live-store.ts';
import type { ListResource } from '../../lib/resources.ts';

/** How the first set-up of machines went, as they told it themselves. */
export const firstBoots: ListResource<FirstBoot> = {
  key: 'first-boots',
  source: (api, signal) => api.cloudInit.results({}, { signal }),
  fold: foldList<FirstBoot>(rowKeys.firstBoot),
};
export const snippets: ListResource<Snippet> = {
  key: 'snippets',
  source: (api, signal) => api.cloudInit.snippets({}, { signal }),
  fold: foldList<Snippet>(rowKeys.snippet),
};
