// What every start of the backend loads comes as some files instead of a hundred: each would be looked for, read and checked by itself.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { closure } from './first-screen.mjs';

/** More programs and commands than there are. */
const mostUsers = 64;
const programs = ['desktop/main.ts', 'embedded/main.ts', 'embedded/network/switch/main.ts', 'embedded/snapshot/writer/main.ts', 'backend/images/starter/worker.ts', 'box.ts', 'backend/main.ts', 'cli.ts']; // prettier-ignore

const sharedName = (users) => `shared-${createHash('sha256').update(users.join(' ')).digest('hex').slice(0, 6)}`;

/** For each module of the backend's start the file it belongs to, and how many others load that. */
function filesOf(main, context) {
  const at = (path) => join(main, path);
  const info = (id) => context.getModuleInfo(id);
  const importsOf = (id) => info(id)?.importedIds ?? [];
  const all = (from) => closure(from, new Set(), importsOf);
  const commands = (info(at('cli/commands.ts'))?.dynamicallyImportedIds ?? []).filter(
    (id) => id !== at('cli/serve.ts'),
  );
  const others = [...programs.map(at), ...commands].map((entry) => all([entry]));
  const begin = all([at('cli/serve.ts'), at('backend/start.ts'), at('backend/paths.ts')]);
  if (others.length >= mostUsers) throw new Error(`${others.length} programs and commands: raise mostUsers`);
  const files = new Map();
  for (const id of new Set([...begin, ...all([at('backend/backend.ts')])])) {
    const users = others.flatMap((used, index) => (used.has(id) ? [index] : []));
    const alone = users.length === 0;
    // What is loaded while the engine starts must not come with what is loaded before.
    if (begin.has(id)) users.push('begin');
    files.set(id, {
      name: !alone ? sharedName(users) : begin.has(id) ? 'begin' : 'rest',
      users: alone ? 0 : users.length,
    });
  }
  return files;
}

/**
 * Groups for the bundler: `begin` is what runs until the engine is on its way, `rest` what is loaded while it starts. What other
 * programs and commands need too stands in files that just these load. A group takes along all that its modules import: those with
 * the most users go first.
 */
export function backendStart(main) {
  let found;
  const fileOf = (id, context) => (found ??= filesOf(main, context)).get(id);
  const shared = Array.from({ length: mostUsers }, (_, index) => ({
    name: (id, context) => {
      const file = fileOf(id, context);
      return file?.users === index + 1 ? file.name : null;
    },
    debugName: `shared by ${index + 1}`,
    priority: index + 3,
  }));
  const named = (name) => (id, context) => (fileOf(id, context)?.name === name ? name : null);
  return [
    ...shared,
    { name: named('begin'), debugName: 'begin', priority: 2 },
    { name: named('rest'), debugName: 'rest', priority: 1 },
  ];
}
