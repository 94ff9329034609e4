import { EventEmitter } from 'node:events';
import { before } from './app.ts';

type Handler = (...args: never[]) => unknown;
type BeforeRequest = (
  details: { url: string; resourceType: string },
  answer: (result: { cancel?: boolean }) => void,
) => void;

/** The one session there is. What guards set is kept and asked before anything is loaded. */
class Session extends EventEmitter {
  readonly handlers = new Map<string, Handler>();
  #before: BeforeRequest | undefined;
  readonly webRequest = {
    onBeforeRequest: (filter: { urls: string[] }, handler: BeforeRequest) => {
      if (filter.urls.join(' ') !== '<all_urls>') throw new Error('The double knows the filter of all addresses only.');
      this.#before = handler;
    },
  };
  setPermissionRequestHandler = (handler: Handler): unknown => this.handlers.set('request', handler);
  setPermissionCheckHandler = (handler: Handler): unknown => this.handlers.set('check', handler);
  setDevicePermissionHandler = (handler: Handler): unknown => this.handlers.set('device', handler);
  setDisplayMediaRequestHandler = (handler: Handler): unknown => this.handlers.set('screen', handler);
  setBluetoothPairingHandler = (handler: Handler): unknown => this.handlers.set('bluetooth', handler);

  /** Whether a request may go on. */
  mayLoad(url: string, resourceType: string): boolean {
    let cancelled = false;
    this.#before?.({ url, resourceType }, ({ cancel }) => (cancelled = cancel === true));
    return !cancelled;
  }
}
export const session = new Session();

type Answer = (request: Request) => Promise<Response>;
const answers = new Map<string, Answer>();

export const protocol = {
  registerSchemesAsPrivileged: (schemes: { scheme: string; privileges: Record<string, boolean> }[]): void => {
    before.check('registerSchemesAsPrivileged');
    for (const { scheme, privileges } of schemes) {
      if (privileges['bypassCSP'] || privileges['allowServiceWorkers'])
        throw new Error(`${scheme} has too many privileges.`);
      before.schemes.add(scheme);
    }
  },
  handle: (scheme: string, answer: Answer): void => {
    if (!before.ready || !before.schemes.has(scheme))
      throw new Error(`${scheme} was not registered before the app was ready.`);
    answers.set(scheme, answer);
  },
};

/** What the shell answers; undefined where it has no handler. */
export const answerOf = (request: Request): Promise<Response> | undefined =>
  answers.get(new URL(request.url).protocol.slice(0, -1))?.(request);
