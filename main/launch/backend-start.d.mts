interface Context {
  getModuleInfo(id: string): { importedIds: string[]; dynamicallyImportedIds: string[] } | null;
}
export function backendStart(
  main: string,
): { name: (id: string, context: Context) => string | null; debugName: string; priority: number }[];
