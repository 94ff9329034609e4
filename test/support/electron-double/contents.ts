import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { CDPSession, Page, Route } from 'playwright-core';
import { forChromium, forShell, originOf } from './addresses.ts';
import { tell } from './control.ts';
import { ipcMain } from './ipc-main.ts';
import { binding, pageScript, preloadScript, world } from './isolated-world.ts';
import { decode, encode } from './ports.ts';
import type { DoublePort } from './ports.ts';
import { answerOf, session } from './session.ts';

interface FrameDouble {
  readonly url: string;
  readonly origin: string;
  readonly parent: null;
  readonly detached: boolean;
  isDestroyed(): boolean;
}
interface FromPage {
  kind: 'send' | 'invoke' | 'port';
  id: number;
  channel: string;
  args: string;
  data: string;
}

/** What Electron calls a resource; by Playwright's name for it. */
const kinds: Record<string, string> = { document: 'mainFrame', fetch: 'xhr', websocket: 'webSocket', ping: 'ping', manifest: 'other' }; // prettier-ignore

/** The page of a window: webContents, with its top frame. */
export class ContentsDouble extends EventEmitter {
  readonly session = session;
  readonly mainFrame: FrameDouble;
  #page: Page | undefined;
  #chromium: CDPSession | undefined;
  /** The preload's world in the page that is there now. */
  #context: number | undefined;
  #gone = false;
  #loading: string | undefined;
  #open: ((details: { url: string }) => { action: string }) | undefined;
  readonly #ports = new Map<number, ReturnType<DoublePort['held']>>();
  #lastPort = 0;

  constructor() {
    super();
    const url = (): string => (this.#page ? forShell(this.#page.mainFrame().url()) : 'about:blank');
    this.mainFrame = {
      get url() {
        return url();
      },
      get origin() {
        return originOf(url());
      },
      parent: null,
      detached: false,
      isDestroyed: () => this.#gone,
    };
  }

  isDestroyed(): boolean {
    return this.#gone;
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.#open = handler;
  }

  /** Wires a page of Chromium to it. `preload`: path of the built one. */
  async attach(page: Page, preload: string): Promise<void> {
    this.#page = page;
    const chromium = await page.context().newCDPSession(page);
    this.#chromium = chromium;
    chromium.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId } = context.auxData as { frameId: string };
      if (context.name === world && frameId === this.#topFrame) this.#context = context.id;
    });
    chromium.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (executionContextId === this.#context) this.#pageGone();
    });
    chromium.on('Runtime.executionContextsCleared', () => this.#pageGone());
    chromium.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === binding && executionContextId === this.#context) this.#hear(JSON.parse(payload) as FromPage);
    });
    chromium.on('Page.windowOpen', ({ url }) => {
      if (this.#open?.({ url: forShell(url) }).action !== 'deny')
        throw new Error('The double opens no windows for pages.');
    });
    this.#topFrame = (await chromium.send('Page.getFrameTree')).frameTree.frame.id;
    await chromium.send('Page.enable');
    await chromium.send('Runtime.enable');
    await chromium.send('Runtime.addBinding', { name: binding, executionContextName: world });
    await chromium.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript });
    await chromium.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadScript(readFileSync(preload, 'utf8')),
      worldName: world,
    });
    await page.route(
      () => true,
      (route) => this.#request(route),
    );
    page.on('download', (download) => {
      let prevented = false;
      session.emit(
        'will-download',
        { preventDefault: () => (prevented = true) },
        { getURL: () => forShell(download.url()) },
      );
      tell({
        what: prevented ? 'stopped' : 'download',
        url: forShell(download.url()),
        name: download.suggestedFilename(),
      });
      if (prevented) void download.cancel();
    });
    page.once('close', () => {
      this.#gone = true;
      this.#pageGone();
      this.emit('destroyed');
    });
  }
  #topFrame = '';

  /** What the shell loads itself: no guard is asked whether it may go there. */
  async load(url: string): Promise<void> {
    this.#loading = forChromium(url);
    await this.#page?.goto(this.#loading, { waitUntil: 'domcontentloaded' });
    this.#loading = undefined;
  }

  /** A message to the preload. Each port becomes one of the page's own, whose messages are passed on. */
  postMessage(channel: string, message: unknown, ports: readonly DoublePort[] = []): void {
    const ids = ports.map((port) => {
      const id = (this.#lastPort += 1);
      this.#ports.set(
        id,
        port.held({
          take: (data) => this.#say('port', id, encode(data)),
          closed: () => this.#say('close', id),
        }),
      );
      return id;
    });
    this.#say('message', channel, encode(message), ids);
  }

  #say(name: string, ...args: unknown[]): void {
    if (this.#context === undefined || this.#gone) return;
    const expression = `__fromShell.${name}(${args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ')})`;
    // The page may go meanwhile.
    this.#chromium?.send('Runtime.evaluate', { expression, contextId: this.#context }).catch(() => undefined);
  }

  #hear({ kind, id, channel, args, data }: FromPage): void {
    if (kind === 'port') return this.#ports.get(id)?.post(decode(data));
    const event = { sender: this, senderFrame: this.mainFrame };
    const given = decode(args) as unknown[];
    if (kind === 'send') return void ipcMain.emit(channel, event, ...given);
    ipcMain.invoke(channel, event, given).then(
      (value) => this.#say('answer', id, false, value === undefined ? undefined : encode(value)),
      (error: unknown) => this.#say('answer', id, true, error instanceof Error ? error.message : String(error)),
    );
  }

  #pageGone(): void {
    this.#context = undefined;
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  /** Every request of the page: guards first, then the shell's handler of the scheme. Nothing goes to a network. */
  async #request(route: Route): Promise<void> {
    const request = route.request();
    const url = forShell(request.url());
    const topFrame = request.frame() === this.#page?.mainFrame();
    const resourceType = request.isNavigationRequest() && !topFrame ? 'subFrame' : (kinds[request.resourceType()] ?? request.resourceType()); // prettier-ignore
    const refused = (request.isNavigationRequest() && this.#stopped(url, topFrame)) || !session.mayLoad(url, resourceType); // prettier-ignore
    const answer = refused ? undefined : await answerOf(new Request(url, { method: request.method(), headers: request.headers() }));
    if (refused) tell({ what: 'stopped', url, resourceType });
    // An aborted navigation leaves the page as it is; any other failure would show one about it.
    if (!answer) return route.abort(request.isNavigationRequest() ? 'aborted' : 'blockedbyclient');
    return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(await answer.arrayBuffer()) });
  } // prettier-ignore

  #stopped(url: string, isMainFrame: boolean): boolean {
    if (this.#loading !== undefined && forShell(this.#loading).split('#')[0] === url) return false;
    let prevented = false;
    const event = { url, isMainFrame, preventDefault: () => (prevented = true) };
    this.emit('will-frame-navigate', event);
    if (isMainFrame) this.emit('will-navigate', event);
    return prevented;
  }
}
