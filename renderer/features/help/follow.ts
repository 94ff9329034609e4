import { guides, helpRoute } from '../../lib/guides.ts';
import { safeLink } from '../../ui/markdown/links.ts';
import type { Follow } from '../../ui/markdown/links.ts';

const noPorts: ReadonlySet<number> = new Set();

/** Where links of a guide lead: to the other guides and their parts, inside the app; files that are not in it are words. */
export const followIn =
  (name: string): Follow =>
  (href) => {
    const own = /^#([^/].*)$/.exec(href)?.[1];
    if (own !== undefined) return { kind: 'page', to: helpRoute(name, own) };
    const [, other, part] = /^(?:\.{1,2}\/)*(?:docs\/)?(?:guides\/)?([\w-]+)\.md(?:#(.+))?$/.exec(href) ?? [];
    if (other === undefined) return safeLink(href, noPorts);
    return guides.some((guide) => guide.name === other) ? { kind: 'page', to: helpRoute(other, part) } : undefined;
  };
