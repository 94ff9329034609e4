/** "80, 443" as numbers; undefined where something is none. Pure. */
export function readPorts(text: string): number[] | undefined {
  const words = text.split(/[\s,]+/).filter(Boolean);
  const ports = words.map(Number);
  const fine = words.every((word) => /^\d{1,5}$/.test(word)) && ports.every((port) => port >= 1 && port <= 65_535);
  return fine ? [...new Set(ports)] : undefined;
}

/** Lines of NAME=value; undefined where a line is none. Empty lines count for nothing, and the last of a name holds. Pure. */
export function readEnv(text: string): { name: string; value: string }[] | undefined {
  const held = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const found = /^\s*([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/.exec(line);
    if (!found) return undefined;
    held.set(found[1] ?? '', found[2] ?? '');
  }
  return [...held].map(([name, value]) => ({ name, value }));
}
