// Loaded with --import into a real `hearth serve --box` (built): its appliance is then installed at a scripted place
// instead of on this very computer. Everything above the place (plan, record, task, target) stays the product's own.
import { readFileSync, readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const chunks = join(import.meta.dirname, '../../../../out/main/chunks');
const importing = /import \{ t as openProvision \} from "(\.\/provision-[\w-]+\.js)"/;
const found = readdirSync(chunks)
  .filter((name) => /^places-[\w-]+\.js$/.test(name))
  .flatMap((name) => {
    const [, specifier] = importing.exec(readFileSync(join(chunks, name), 'utf8')) ?? [];
    return specifier === undefined ? [] : [{ url: pathToFileURL(join(chunks, name)).href, specifier }];
  });
const [only] = found;
// Without this a test would install Kubernetes on the computer that it runs on.
if (!only || found.length > 1) throw new Error(`the module that opens appliances was not found in ${chunks}`);

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (context.parentURL !== only.url || specifier !== only.specifier) return resolved;
    const instead = pathToFileURL(join(import.meta.dirname, 'scripted-provision.ts'));
    instead.searchParams.set('real', resolved.url);
    return { ...resolved, url: instead.href, format: null };
  },
});
