import type { Plugin } from 'vite';

export function oneByte(code: string): string;
export function plainLetters(): Plugin;
