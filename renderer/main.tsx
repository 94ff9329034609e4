import { start } from './app/start.ts';
import { dialBackend } from './lib/dial.ts';

// Not awaited here: what is loaded next imports from the same file as this, and would wait for its end.
void start(dialBackend);
