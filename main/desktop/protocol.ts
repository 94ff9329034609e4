import { join } from 'node:path';
import { protocol } from 'electron';
import { servePage } from './page-files.ts';

/** Before `ready`: app:// is a secure, standard origin, and nothing more (no way around the policy, no service workers). */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves out/renderer under app://ui/. */
export function handleAppProtocol(): void {
  const folder = join(import.meta.dirname, '../renderer');
  protocol.handle('app', (request) => servePage(folder, request));
}
