// Loaded before Electronegativity: its HTTP client refuses at once. It would ask for translations and for a list of releases, and falls over its own retries.
const Module = require('node:module');

const load = Module._load;
const refuse = () => Promise.reject(new Error('This scan runs without a network.'));
Module._load = (name, ...others) =>
  name === 'got' ? Object.assign(refuse, { default: refuse, head: refuse }) : load(name, ...others);
