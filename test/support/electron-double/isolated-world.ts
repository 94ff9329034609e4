/** The names under which both worlds of a page and the double find each other. */
export const world = 'electron-double';
export const binding = '__electronDouble';

/**
 * What runs in the preload's own world before every page, in its top frame: a `require('electron')` of two modules, and the built
 * preload. Nothing of it is seen by the page but what contextBridge puts there. As a script's text: it runs in Chromium.
 */
export const preloadScript = (preload: string): string => `(() => {
if (window !== window.top) return;
const send = (message) => globalThis.${binding}(JSON.stringify(message));
const encode = (value) => JSON.stringify(value, (key, one) => one instanceof Uint8Array ? { $bytes: one.toBase64() } : one);
const decode = (text) => JSON.parse(text, (key, one) => one && typeof one === 'object' && '$bytes' in one ? Uint8Array.fromBase64(one.$bytes) : one);
const listeners = new Map(), calls = new Map(), ports = new Map();
let lastCall = 0;
const ipcRenderer = {
  on: (channel, listener) => void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
  send: (channel, ...args) => send({ kind: 'send', channel, args: encode(args) }),
  invoke: (channel, ...args) => new Promise((resolve, reject) => {
    calls.set(++lastCall, { resolve, reject });
    send({ kind: 'invoke', id: lastCall, channel, args: encode(args) });
  }),
};
globalThis.__fromShell = {
  answer: (id, failed, text) => {
    const call = calls.get(id);
    calls.delete(id);
    if (failed) call?.reject(new Error(text)); else call?.resolve(text === undefined ? undefined : decode(text));
  },
  message: (channel, text, ids) => {
    const given = ids.map((id) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => send({ kind: 'port', id, data: encode(data) });
      ports.set(id, port1);
      return port2;
    });
    for (const listener of listeners.get(channel) ?? []) listener({ ports: given }, decode(text));
  },
  port: (id, text) => ports.get(id)?.postMessage(decode(text)),
  close: (id) => { ports.get(id)?.close(); ports.delete(id); },
};
const exposed = [];
const contextBridge = {
  exposeInMainWorld: (name, api) => {
    exposed.push([name, Object.keys(api)]);
    window.addEventListener('electron-double:call', (event) => {
      const { id, of, key, args } = JSON.parse(event.detail);
      if (of !== name) return;
      const answer = (failed, value) => window.dispatchEvent(new CustomEvent('electron-double:answer', { detail: JSON.stringify({ id, failed, value }) }));
      Promise.resolve().then(() => api[key](...args)).then((value) => answer(false, value), (error) => answer(true, error.message));
    });
  },
};
const require = (name) => {
  if (name !== 'electron') throw new Error('A sandboxed preload has no module ' + name);
  return { ipcRenderer, contextBridge };
};
const module = { exports: {} };
((require, module, exports) => {${preload}
})(require, module, module.exports);
// Whichever world is first: the page's asks, or hears.
const offer = () => window.dispatchEvent(new CustomEvent('electron-double:exposed', { detail: JSON.stringify(exposed) }));
window.addEventListener('electron-double:ask', offer);
offer();
})();`;

/** What runs in the page's world: functions by the names that contextBridge was given. Their arguments and answers are copies. */
export const pageScript = `(() => {
if (window !== window.top) return;
const calls = new Map();
let lastCall = 0, done = false;
window.addEventListener('electron-double:exposed', (event) => {
  if (done) return;
  done = true;
  for (const [name, keys] of JSON.parse(event.detail))
    Object.defineProperty(window, name, { enumerable: true, value: Object.freeze(Object.fromEntries(keys.map((key) => [key, (...args) => new Promise((resolve, reject) => {
      calls.set(++lastCall, { resolve, reject });
      window.dispatchEvent(new CustomEvent('electron-double:call', { detail: JSON.stringify({ id: lastCall, of: name, key, args }) }));
    })]))) });
});
window.addEventListener('electron-double:answer', (event) => {
  const { id, failed, value } = JSON.parse(event.detail);
  const call = calls.get(id);
  calls.delete(id);
  if (failed) call?.reject(new Error(value)); else call?.resolve(value);
});
window.dispatchEvent(new CustomEvent('electron-double:ask'));
})();`;
