interface Context {
  getModuleInfo(id: string): { importedIds: string[] } | null;
}
export function firstScreen(
  renderer: string,
): { name: (id: string, context: Context) => string | null; debugName: string; priority: number }[];
