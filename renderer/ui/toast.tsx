import { Toast as Base } from '@base-ui/react/toast';
import type { Problem } from '../../main/contract/problem.ts';
import { cx } from '../lib/cx.ts';
import { CloseIcon } from './icons.tsx';
import { ToneIcon } from './status.tsx';
import type { Tone } from './tone.ts';
import css from './toast.module.css';
import tones from './tones.module.css';
import { t } from './text.ts';

const manager = Base.createToastManager();

interface Message {
  title: string;
  detail?: string | undefined;
  tone?: Tone | undefined;
  action?: { label: string; onClick: () => void } | undefined;
  /** Stays for two minutes: for something to be read and used elsewhere. */
  keep?: boolean | undefined;
  /** Milliseconds that it stays, instead. */
  ms?: number | undefined;
  /** It was closed, or its time is over. */
  onClose?: (() => void) | undefined;
}
/** Milliseconds that notices stay. */
export const toastMs = { usual: 5_000, grave: 12_000, keep: 120_000 };

/** Says that something happened elsewhere than where the eye is; never the only place of an error that needs an answer. Answers its id. */
export function toast({ title, detail, tone = 'ok', action, keep, ms, onClose }: Message): string {
  const grave = tone === 'problem' || tone === 'error';
  return manager.add({
    title,
    description: detail,
    type: tone,
    timeout: ms ?? (keep ? toastMs.keep : grave ? toastMs.grave : toastMs.usual),
    ...(onClose && { onClose }),
    priority: grave ? 'high' : 'low',
    ...(action ? { actionProps: { children: action.label, onClick: action.onClick } } : {}),
  });
}
export const closeToast = (id: string): void => manager.close(id);
export function toastProblem(problem: Problem): void {
  if (problem.kind === 'cancelled') return;
  toast({ title: problem.title, detail: [problem.detail, problem.fix].filter(Boolean).join(' '), tone: 'problem' });
}

export function Toaster() {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Base.Viewport className={css.viewport}>
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager();
  return toasts.map((each) => {
    const tone = (each.type ?? 'ok') as Tone;
    return (
      <Base.Root
        key={each.id}
        toast={each}
        className={cx(css.toast, tones[tone])}
        swipeDirection={['right', 'down']}
        // Grave ones would be hidden from assistive technology until focused, their buttons with them.
        aria-hidden={false}
      >
        <Base.Content className={css.content}>
          <span className={css.icon}>
            <ToneIcon tone={tone} />
          </span>
          <div className={css.words}>
            <Base.Title className={css.title} />
            <Base.Description className={css.detail} />
            {each.actionProps && <Base.Action className={css.action} />}
          </div>
          <Base.Close className={css.close} aria-label={t('dismiss')} aria-hidden={false}>
            <CloseIcon />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}
