// A static import of one of Node's own modules reads everything that the module exports, also what Node would load only when it
// is asked for: node:http so brings a whole second client (its `WebSocket`), which costs a start 25 ms and 8 MB in each process.
import { builtinModules } from 'node:module';

const ours = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
const line = /^import (?:([\w$]+)(?:, )?)?(?:\* as ([\w$]+)|\{ ([^{}]+) \})? from "([\w:/]+)";$/;

/** One import as constants; undefined where it is not of Node, or in a form that this does not know. */
function asked(text, code) {
  const [, own, all, named, name] = line.exec(text) ?? [];
  if (!ours.has(name) || /\bdefault\b/.test(named ?? '')) return undefined;
  if (all !== undefined && code.includes(`${all}.default`)) return undefined;
  const names = named?.split(', ').map((each) => each.replace(' as ', ': '));
  const places = [own, all, names && `{ ${names.join(', ')} }`].filter(Boolean);
  return `const ${places.map((place) => `${place} = globalThis.process.getBuiltinModule("${name}")`).join(', ')};`;
}

/** The same names, asked of Node one by one. Only what stands before the first line of anything else: a text may hold imports too. */
export function plainBuiltIns(code) {
  const lines = code.split('\n');
  const end = lines.findIndex((text) => !/^(import |\/\/|#!|$)/.test(text));
  return lines.map((text, at) => (end < 0 || at < end ? (asked(text, code) ?? text) : text)).join('\n');
}

/** Writes what is built so. */
export const builtIns = () => ({
  name: 'built-ins',
  renderChunk: (code) => ({ code: plainBuiltIns(code), map: null }),
});
