import { start } from './app/start.tsx';
import { dialBackend } from './lib/dial.ts';

start(dialBackend);
