/** Whether keys belong to what has the focus: a field, an editor, or a guest's console. */
export const typing = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest(
    'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .xterm, canvas, [data-keys=guest]',
  ) !== null;
