import { app, BrowserWindow, shell } from 'electron';
import { BackendProcess } from './backend-process.ts';
import { answerBridge } from './bridge.ts';
import { hear } from './ipc.ts';
import { setMenu } from './menu.ts';
import { placeOfArguments } from './opened.ts';
import { handleAppProtocol, registerAppScheme } from './protocol.ts';
import { guard } from './security.ts';
import { startUpdates } from './updates/start.ts';
import { openMainWindow, showMainWindow } from './window.ts';

// Order matters: the scheme before `ready`, one instance before anything is opened.
registerAppScheme();
app.enableSandbox();

if (app.requestSingleInstanceLock()) {
  let place = placeOfArguments(process.argv, process.cwd());
  app.on('second-instance', (_event, args, folder) => void app.whenReady().then(() => showMainWindow(placeOfArguments(args, folder)))); // prettier-ignore
  // macOS hands files over so, the first one before the window is there.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    place = placeOfArguments(['', path], '/');
    if (app.isReady()) showMainWindow(place);
  });
  guard(app, (address) => void shell.openExternal(address).catch(() => undefined));
  void app.whenReady().then(() => start(place));
} else {
  app.quit();
}

function start(place: string | undefined): void {
  const backend = new BackendProcess();
  handleAppProtocol();
  const redraw = (): void => setMenu(updates());
  const updates = startUpdates(app, redraw);
  redraw();
  answerBridge();
  // A page asks for its port; only the top frame of our own window gets one.
  hear('hearth:port', ({ page }) => backend.connectPage(page));
  openMainWindow(place);
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openMainWindow();
  });
  app.on('window-all-closed', () => app.quit());
  // Machines outlive the window; the backend is given time to end in order.
  let ending = false;
  app.on('before-quit', (event) => {
    if (ending) return;
    ending = true;
    event.preventDefault();
    void backend.stop().finally(() => app.quit());
  });
}
