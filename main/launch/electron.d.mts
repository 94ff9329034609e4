export function electronProgram(env?: NodeJS.ProcessEnv, folder?: string): string | undefined;
export function fetchedElectron(options?: {
  env?: NodeJS.ProcessEnv;
  folder?: string;
  tried?: string;
  say?: (text: string) => void;
}): string | undefined;
