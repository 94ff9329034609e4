interface Context {
  getModuleInfo(id: string): { importedIds: string[] } | null;
}
export function firstScreen(
  renderer: string,
): { name: (id: string, context: Context) => string | null; debugName: string; priority: number }[];
export function closure(from: string[], but: Set<string>, importsOf: (id: string) => string[]): Set<string>;
