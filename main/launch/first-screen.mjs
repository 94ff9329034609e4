// What the first screen needs comes as two files instead of a hundred: each would be asked for, read and started by itself.
import { join } from 'node:path';

/** All that these modules import statically, themselves included; nothing of `but`, nor of what only that imports. */
export function closure(from, but, importsOf) {
  const seen = new Set();
  const add = (id) => {
    if (seen.has(id) || but.has(id)) return;
    seen.add(id);
    importsOf(id).forEach(add);
  };
  from.forEach(add);
  return seen;
}

/**
 * Groups for the bundler: `start` is what chooses language and theme and runs before anything else, `first` the shell and Home.
 * Pages keep words from the moment they are loaded, so the two must not be one.
 */
export function firstScreen(renderer) {
  let start, first;
  const sets = (context) => {
    const importsOf = (id) => context.getModuleInfo(id)?.importedIds ?? [];
    start ??= closure([join(renderer, 'main.tsx')], new Set(), importsOf);
    first ??= closure([join(renderer, 'app/mount.tsx'), join(renderer, 'features/home/home-page.tsx')], start, importsOf);
    return { start, first };
  };
  const named = (name) => (id, context) => (sets(context)[name].has(id) ? name : null);
  return [
    { name: named('start'), debugName: 'start', priority: 2 },
    { name: named('first'), debugName: 'first screen', priority: 1 },
  ];
} // prettier-ignore
