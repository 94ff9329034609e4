// The double of the `electron` module: what the shell imports of it, and nothing more. See register.ts.
export { app } from './app.ts';
export { ipcMain } from './ipc-main.ts';
export { dialog, Menu, nativeTheme, Notification, shell } from './native.ts';
export { MessageChannelMain } from './ports.ts';
export { protocol } from './session.ts';
export { utilityProcess } from './utility.ts';
export { BrowserWindow } from './window.ts';
