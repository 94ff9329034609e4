import { registerHooks } from 'node:module';

/**
 * `node --import register.ts out/main/desktop.js` runs the built shell on a DOUBLE of Electron: `import 'electron'` gets
 * electron.ts beside this file, whose windows are pages of a real Chromium.
 *
 * It is not Electron. What it does as Electron does: the order of the start, one instance, messages and ports between page,
 * shell and backend, app:// answered by the shell's handler, the preload in a world of its own, guards asked before anything
 * loads, moves or opens. What it has not: processes and sandbox of Electron, its dialogs, menus, notifications, its archive, its
 * fuses. app://ui stands in Chromium as https://ui.hearth.invalid, an address that never leaves this process.
 */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: new URL('electron.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
