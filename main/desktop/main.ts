import { app, BrowserWindow, ipcMain } from 'electron';
import { BackendProcess } from './backend-process.ts';
import { answerBridge } from './bridge.ts';
import { setMenu } from './menu.ts';
import { handleAppProtocol, registerAppScheme } from './protocol.ts';
import { guard, isOurTopFrame } from './security.ts';
import { openMainWindow } from './window.ts';

// Order matters: the scheme before `ready`, one instance before anything is opened.
registerAppScheme();
app.enableSandbox();

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => BrowserWindow.getAllWindows()[0]?.focus());
  guard(app);
  void app.whenReady().then(start);
} else {
  app.quit();
}

function start(): void {
  const backend = new BackendProcess();
  handleAppProtocol();
  setMenu();
  answerBridge();
  // A page asks for its port; only the top frame of our own window gets one.
  ipcMain.on('hearth:port', (event) => {
    if (isOurTopFrame(event.senderFrame, event.sender)) backend.connectPage(event.sender);
  });
  openMainWindow();
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
