/**
 * What the desktop window offers beyond a browser; absent in a browser. The preload exposes `hearthDesktop` and answers
 * `requestPort()` by posting the message `hearth-port` with one MessagePort to the page.
 */
interface Bridge {
  requestPort(): void;
  /** Native file picker; resolves to an absolute path, or undefined when it was closed. */
  pickFile?(options: { title: string; extensions: string[] }): Promise<string | undefined>;
  /** Native dialog to save a file; resolves to an absolute path, or undefined when it was closed. */
  saveFile?(options: { title: string; name: string }): Promise<string | undefined>;
  /** A notification of the desktop. */
  notify?(message: { title: string; detail: string }): void;
  /** A window of its own for one machine's console; the one that is open comes to the front. Resolves when it is closed. */
  openConsole?(namespace: string, name: string): Promise<void>;
}
export interface Desktop {
  port(): Promise<MessagePort>;
  pickFile?: NonNullable<Bridge['pickFile']>;
  saveFile?: NonNullable<Bridge['saveFile']>;
  notify?: NonNullable<Bridge['notify']>;
  openConsole?: NonNullable<Bridge['openConsole']>;
}

function fromWindow(): Desktop | undefined {
  const bridge = (globalThis as { hearthDesktop?: Bridge }).hearthDesktop;
  if (!bridge) return undefined;
  return {
    ...bridge,
    port: () =>
      new Promise((resolve) => {
        const onMessage = (event: MessageEvent): void => {
          const [port] = event.ports;
          if (event.source !== window || event.data !== 'hearth-port' || !port) return;
          window.removeEventListener('message', onMessage);
          resolve(port);
        };
        window.addEventListener('message', onMessage);
        bridge.requestPort();
      }),
  };
}

/** Feature code asks whether a thing is offered (`desktop?.pickFile`), never whether this is Electron. */
export const desktop: Desktop | undefined = fromWindow();
