// @novnc/novnc 1.7 ships no types: the part we use, from its docs/API.md.
declare module '@novnc/novnc' {
  // oxlint-disable-next-line import/no-default-export -- that is how the package exports it
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: import('./byte-channel.ts').RawChannel, options?: { shared?: boolean });
    viewOnly: boolean;
    focusOnClick: boolean;
    clipViewport: boolean;
    dragViewport: boolean;
    scaleViewport: boolean;
    resizeSession: boolean;
    showDotCursor: boolean;
    background: string;
    qualityLevel: number;
    compressionLevel: number;
    disconnect(): void;
    sendKey(keysym: number, code: string | null, down?: boolean): void;
    sendCtrlAltDel(): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    clipboardPasteFrom(text: string): void;
    toBlob(callback: (blob: Blob | null) => void, type?: string): void;
  }
}
