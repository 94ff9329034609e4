import { start } from './app/start.ts';
import { dialBackend } from './lib/dial.ts';

await start(dialBackend);
