/** Anything that takes the focus; a heading (`tabindex=-1`) too. */
const focusable = ':is(a[href], button, input, select, textarea, [tabindex]):not(:disabled, [type=hidden], [aria-hidden=true])'; // prettier-ignore
const remembered = 8;

/**
 * Keeps the keyboard where the person works. A browser gives the focus to the document's body when the element that has it
 * goes away (a row was deleted, a button did its only work), and the next Tab would begin at the top of the page. This puts
 * it on what is left around that place: the table of the row, the part of the page, its heading. Answers how to end it.
 */
export function keepFocus(): () => void {
  let places: Element[][] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lost = (): boolean => document.activeElement === null || document.activeElement === document.body;

  const onFocus = ({ target }: FocusEvent): void => {
    if (target instanceof Element) places = [around(target), ...places].slice(0, remembered);
  };
  // By hand it was let go: a click on nothing takes the focus away on purpose.
  const onPress = (): void => {
    places = [];
  };
  const restore = (): void => {
    // What still stands lost its focus by will.
    if (!lost() || places.length === 0 || places[0]?.[0]?.isConnected) return;
    for (const place of places) {
      const left = place.find((element) => element.isConnected);
      const to = left && standIn(left);
      if (!to) continue;
      to.focus();
      if (!lost()) return;
    }
    document.querySelector<HTMLElement>('main h1')?.focus();
  };
  // Later than a closing dialog and a new page, which know a better place.
  const observer = new MutationObserver(() => {
    if (!lost()) return;
    clearTimeout(timer);
    timer = setTimeout(restore, 50);
  });
  document.addEventListener('focusin', onFocus);
  document.addEventListener('pointerdown', onPress);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('pointerdown', onPress);
  };
}

/** The element and what it stands in, up to the page's own part or a dialog. */
function around(element: Element): Element[] {
  const chain: Element[] = [];
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    chain.push(at);
    if (at.matches('main, [role=dialog], [role=alertdialog]')) break;
  }
  return chain;
}

const standIn = (left: Element): HTMLElement | undefined => {
  if (left.matches('main')) return undefined;
  const candidates = [left, ...left.querySelectorAll(focusable)];
  return candidates.find((each): each is HTMLElement => each instanceof HTMLElement && each.matches(focusable));
};
