// The first screen is asked for by what runs before it; the browser may fetch and read it at once.

/** Names in the page's head the files that are needed in any case, in the order they will be asked for. */
export const earlyFiles = () => ({
  name: 'early-files',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle }) {
      const parts = Object.values(bundle ?? {});
      const scripts = parts.filter((part) => part.type === 'chunk' && ['first', 'mount'].includes(part.name));
      if (bundle && scripts.length !== 2) throw new Error(`the first screen became ${scripts.length} files, not 2`);
      const sheets = scripts.flatMap((part) => [...(part.viteMetadata?.importedCss ?? [])]);
      const link = (attrs) => ({ tag: 'link', attrs: { ...attrs, crossorigin: true }, injectTo: 'head' });
      return [
        ...scripts.map(({ fileName }) => link({ rel: 'modulepreload', href: `./${fileName}` })),
        ...sheets.map((name) => link({ rel: 'preload', as: 'style', href: `./${name}` })),
      ];
    },
  },
});
