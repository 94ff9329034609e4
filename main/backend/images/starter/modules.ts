import type { Tree } from './tree.ts';

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.ko'.length).replaceAll('-', '_');

/** Kernel modules of a package's tree by name (`_` for `-`, as modprobe has it). */
export function modulesOf(tree: Tree): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [path, entry] of tree)
    if (path.endsWith('.ko') && entry.type === 'file') found.set(nameOf(path), entry.data);
  return found;
}

/** The wanted modules and what they need, in the order `insmod` must load them. Unknown names are left out: they are built in. */
export function loadOrder(modules: Map<string, Uint8Array>, wanted: readonly string[]): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    const data = modules.get(name);
    if (!data || order.includes(name)) return;
    for (const needed of dependencies(data)) visit(needed);
    order.push(name);
  };
  for (const name of wanted) visit(name);
  return order;
}

/** `depends=` of a module's .modinfo section: written by the kernel's build, read by depmod. */
function dependencies(module: Uint8Array): string[] {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const at = bytes.indexOf('\0depends=');
  if (at < 0) return [];
  const start = at + '\0depends='.length;
  const text = bytes.toString('latin1', start, bytes.indexOf(0, start));
  return text ? text.split(',').map((name) => name.replaceAll('-', '_')) : [];
}
