import { desktop } from '../../lib/desktop.ts';

/** default: nobody was asked yet; native: the app tells by itself; missing: this browser has none. */
export type Permission = 'granted' | 'denied' | 'default' | 'native' | 'missing';

export function permission(): Permission {
  if (desktop?.notify) return 'native';
  return typeof Notification === 'undefined' ? 'missing' : Notification.permission;
}

/** Asks the browser; only after a click, else browsers refuse without a word. */
export async function askPermission(): Promise<Permission> {
  if (permission() === 'default') await Notification.requestPermission();
  return permission();
}

/** A message of the desktop; nothing where none may be shown. */
export function notify(message: { title: string; detail: string; tag: string }, onClick: () => void): void {
  if (desktop?.notify) return desktop.notify({ title: message.title, detail: message.detail });
  if (permission() !== 'granted') return;
  // The tag keeps several open pages from telling the same twice.
  const shown = new Notification(message.title, { body: message.detail, tag: message.tag });
  shown.addEventListener('click', () => {
    window.focus();
    onClick();
    shown.close();
  });
}
