import type { App, WebContents, WebFrameMain } from 'electron';

/** What the page may ask the browser for: copying text, and the whole screen for consoles. Everything else is denied. */
const allowedPermissions = new Set([
  'clipboard-sanitized-write',
  'clipboard-read',
  'fullscreen',
  'pointerLock',
  'keyboardLock',
]);

const isOurs = (url: string): boolean =>
  URL.canParse(url) && new URL(url).protocol === 'app:' && new URL(url).host === 'ui';

/** Every guard in one place, for every web contents that ever comes to be. */
export function guard(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    const onlyOurs = (event: { preventDefault(): void }, url: string): void => {
      if (!isOurs(url)) event.preventDefault();
    };
    contents.on('will-navigate', (event) => onlyOurs(event, event.url));
    contents.on('will-redirect', (event) => onlyOurs(event, event.url));
    contents.on('will-frame-navigate', (event) => onlyOurs(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.session.setPermissionRequestHandler((_contents, permission, answer, details) =>
      answer(allowedPermissions.has(permission) && isOurs(details.requestingUrl)),
    );
    contents.session.setPermissionCheckHandler(
      (_contents, permission, origin) => allowedPermissions.has(permission) && isOurs(origin),
    );
  });
}

/** Whether a message came from the top frame of our own page; a frame may be gone by now (null). */
export const isOurTopFrame = (frame: WebFrameMain | null, sender: WebContents): boolean =>
  frame !== null && frame === sender.mainFrame && isOurs(frame.url);

/** Hosts that a link may open in the user's browser: https only. */
export const mayOpenOutside = (url: string): boolean => URL.canParse(url) && new URL(url).protocol === 'https:';
