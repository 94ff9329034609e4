import type { App, Event, Session } from 'electron';
import { mayAsk, mayLoad, mayNavigate, maySave, outsideAddress } from './guards.ts';

/** Milliseconds between two links that go out: a page cannot fill the screen with windows of the browser. */
const betweenLinksMs = 500;

/**
 * Every guard in one place, for every web contents and every session of pages that ever comes to be. What is allowed stands in
 * guards.ts. `openOutside` opens an address in the person's browser.
 */
export function guard(app: App, openOutside: (address: string) => void): void {
  const guarded = new WeakSet<Session>();
  let lastLink = Number.NEGATIVE_INFINITY;
  app.on('web-contents-created', (_event, contents) => {
    if (!guarded.has(contents.session)) guardSession(contents.session);
    guarded.add(contents.session);
    const go = (event: Event<{ url: string; isMainFrame: boolean }>): void => {
      if (!mayNavigate(event.url, event.isMainFrame)) event.preventDefault();
    };
    contents.on('will-navigate', go);
    contents.on('will-redirect', go);
    contents.on('will-frame-navigate', go);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      const address = outsideAddress(url);
      if (address !== undefined && performance.now() - lastLink >= betweenLinksMs) {
        lastLink = performance.now();
        openOutside(address);
      }
      return { action: 'deny' };
    });
  });
  // The window speaks no TLS at all; the backend judges certificates itself. Nothing is ever trusted by exception.
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, trust) => {
    event.preventDefault();
    trust(false);
  });
  app.on('select-client-certificate', (event, _contents, _url, _list, choose) => {
    event.preventDefault();
    choose();
  });
  app.on('login', (event, _contents, _details, _proxy, answer) => {
    event.preventDefault();
    answer();
  });
}

function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(mayAsk(permission, details.requestingUrl, details.isMainFrame)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    mayAsk(permission, origin, details.isMainFrame),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null));
  session.setBluetoothPairingHandler((_details, answer) => answer({ confirmed: false }));
  session.webRequest.onBeforeRequest({ urls: ['<all_urls>'] }, ({ url, resourceType }, answer) =>
    answer({ cancel: !mayLoad(url, resourceType) }),
  );
  session.on('will-download', (event, item) => {
    if (!maySave(item.getURL())) event.preventDefault();
  });
}
