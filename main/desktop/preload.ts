import { contextBridge, ipcRenderer } from 'electron';

// Forwards a port and four native abilities; the page never sees ipcRenderer or an event.
ipcRenderer.on('hearth:port', (event) => window.postMessage('hearth-port', window.location.origin, event.ports));
contextBridge.exposeInMainWorld('hearthDesktop', {
  requestPort: () => ipcRenderer.send('hearth:port'),
  pickFile: (options: { title: string; extensions: string[] }) =>
    ipcRenderer.invoke('hearth:pick-file', options.title, options.extensions),
  openConsole: (namespace: string, name: string) => ipcRenderer.invoke('hearth:open-console', namespace, name),
  saveFile: (options: { title: string; name: string }) =>
    ipcRenderer.invoke('hearth:save-file', options.title, options.name),
  notify: (message: { title: string; detail: string }) =>
    ipcRenderer.send('hearth:notify', message.title, message.detail),
});
