/** One thing of a guest's file tree. Modes are permission bits only. */
export type TreeEntry =
  | { type: 'file'; mode: number; data: Uint8Array; uid?: number }
  | { type: 'folder'; mode: number; uid?: number }
  | { type: 'link'; target: string };

/** A guest's file tree: paths without a leading slash, e.g. `bin/busybox`. */
export type Tree = Map<string, TreeEntry>;

/** Adds the folders above every path, then gives the entries parents first. */
export function withFolders(tree: Tree): [string, TreeEntry][] {
  const all: Tree = new Map(tree);
  for (const path of tree.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (!all.has(folder)) all.set(folder, { type: 'folder', mode: 0o755 });
    }
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}
