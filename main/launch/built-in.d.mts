import type { Plugin } from 'vite';

export function plainBuiltIns(code: string): string;
export function builtIns(): Plugin;
