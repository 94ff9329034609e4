import type { Api } from '../../main/contract/contract.ts';
import { asProblem } from '../../main/contract/problem.ts';
import { binDays, undoMinutes } from '../../main/contract/kept-for.ts';
import type { UndoKind } from '../../main/contract/undo.ts';
import { t } from '../ui/text.ts';
import { closeToast, toast, toastMs, toastProblem } from '../ui/toast.tsx';
import { queryClient } from './use-call.ts';

interface InBin {
  id: string;
  namespace: string;
  start?: boolean;
}
/** How something that was taken away comes back: data alone, so that its notice outlives a reload of the page. */
export type WayBack =
  | { of: UndoKind; undo: string }
  | ({ of: 'bin' } & InBin)
  | { of: 'bins'; entries: InBin[] }
  | { of: 'lab'; id: string }
  | { of: 'recording'; undo: string }
  | { of: 'workload'; undo: string };

interface Notice {
  /** What was done. */
  title: string;
  /** More of it, before how long it can be had back (a recording's own says that). */
  detail?: string | undefined;
  /** What comes back, as people call it; empty for several. */
  name: string;
  way: WayBack;
}
type Kept = Notice & { id: string; until: number };

const key = 'hearth.undo';

/** Says what was taken away, with the button that brings it back. It stays for two minutes, also over a reload of the page. */
export function offerUndo(api: Api, notice: Notice): void {
  const kept = { ...notice, id: crypto.randomUUID(), until: Date.now() + toastMs.keep };
  remember((all) => [...all, kept]);
  show(api, kept, toastMs.keep);
}

/** Shows the notices again that stood when the page was loaded anew. */
export function offerAgain(api: Api): void {
  const now = Date.now();
  for (const kept of remembered()) if (kept.until > now) show(api, kept, kept.until - now);
  remember((all) => all.filter(({ until }) => until > now));
}

/** Somebody else may use the window next. */
export const forgetUndos = (): void => remember(() => []);

function show(api: Api, { id, title, detail, name, way }: Kept, ms: number): void {
  const forget = (): void => remember((all) => all.filter((each) => each.id !== id));
  let running = false;
  const many = way.of === 'bins' ? way.entries.length : 1;
  const back = async (): Promise<void> => {
    if (running) return; // pressed twice
    running = true;
    try {
      const named = (await bringBack(api, way)) ?? name;
      closeToast(notice);
      toast({ title: name === '' ? t('undo.doneMany', { n: many }) : t('undo.done', { name: named }) });
      // Lists that are no streams.
      await queryClient.invalidateQueries();
    } catch (error) {
      toastProblem(asProblem(error));
    } finally {
      running = false;
    }
  };
  const notice = toast({ title, detail: [detail, way.of === 'recording' ? undefined : howLong(way)].filter(Boolean).join(' '), ms, action: { label: t('undo'), onClick: () => void back() }, onClose: forget }); // prettier-ignore
}

const howLong = ({ of }: WayBack): string =>
  of === 'bin' || of === 'bins' || of === 'lab'
    ? t('undo.bin', { days: binDays })
    : t('undo.minutes', { minutes: undoMinutes });

/** Resolves with the name that it has now, where that may be another one. */
async function bringBack(api: Api, way: WayBack): Promise<string | undefined> {
  const fromBin = ({ id, namespace, start = false }: InBin) => api.bin.restore({ id, namespace, start });
  if (way.of === 'bin') return (await fromBin(way)).name;
  if (way.of === 'bins') {
    const left: InBin[] = [];
    let failed: unknown;
    for (const entry of way.entries)
      await fromBin(entry).catch((error: unknown) => {
        left.push(entry);
        failed ??= error;
      });
    // Those that are back are not asked for again when the button is pressed once more.
    way.entries = left;
    if (failed !== undefined) throw failed as Error;
    return undefined;
  }
  if (way.of === 'recording') return (await api.recordings.restore({ undo: way.undo })).name;
  if (way.of === 'lab') await api.labs.restore({ id: way.id });
  else if (way.of === 'workload') await api.pods.putBack({ undo: way.undo });
  else await api.undo.back({ kind: way.of, undo: way.undo });
  return undefined;
}

function remembered(): Kept[] {
  try {
    const read: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(read) ? (read as Kept[]) : [];
  } catch {
    return []; // a browser that keeps nothing, or somebody wrote into it
  }
}
function remember(edit: (all: Kept[]) => Kept[]): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(edit(remembered())));
  } catch {
    // The notice then ends with the page.
  }
}
