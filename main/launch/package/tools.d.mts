export const toolsFolder: string;
export function ensureTools(folder?: string, what?: string): void;
