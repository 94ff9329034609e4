// A static import of one of Node's own modules reads everything that the module exports, also what Node would load only when it
// is asked for: node:http so brings a whole second client (its `WebSocket`), which costs a start 25 ms and 8 MB in each process.
import { builtinModules } from 'node:module';

const ours = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
const line = /^import (?:([\w$]+)(?:, )?)?(?:\* as ([\w$]+)|\{ ([^{}\n]+) \})? from "([\w:/]+)";$/gm;

/** The same names, asked of Node one by one. What is not one of its modules stays, as do forms that this does not know. */
export function plainBuiltIns(code) {
  return code.replaceAll(line, (whole, own, all, named, name) => {
    if (
      !ours.has(name) ||
      /\bdefault\b/.test(named ?? '') ||
      (all !== undefined && new RegExp(`\\b${all.replaceAll('$', '\\$')}\\.default\\b`).test(code))
    )
      return whole;
    const module = `globalThis.process.getBuiltinModule("${name}")`;
    const names = named?.split(', ').map((each) => each.split(' as ')) ?? [];
    const taken = [
      ...[own, all].filter(Boolean).map((each) => `${each} = ${module}`),
      ...(names.length === 0
        ? []
        : [`{ ${names.map(([from, to]) => (to === undefined ? from : `${from}: ${to}`)).join(', ')} } = ${module}`]),
    ];
    return taken.length === 0 ? whole : `const ${taken.join(', ')};`;
  });
}

/** Writes what is built so. */
export const builtIns = () => ({
  name: 'built-ins',
  renderChunk: (code) => ({ code: plainBuiltIns(code), map: null }),
});
