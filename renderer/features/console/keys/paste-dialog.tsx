import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { useStored } from '../../../lib/storage.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { Checkbox } from '../../../ui/checkbox.tsx';
import { Combobox } from '../../../ui/combobox.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Progress } from '../../../ui/progress.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { TextArea } from '../../../ui/text-area.tsx';
import { toast } from '../../../ui/toast.tsx';
import { t } from '../text.ts';
import css from './keys.module.css';
import { loadLayouts, shownCharacter, typeWith } from './layout.ts';
import type { Layouts, Typed } from './layout.ts';
import type { PasteTarget } from './paste-target.ts';
import { typePlain } from './typing.ts';
import { plainVerified, typeVerified } from './verified.ts';
import type { Outcome } from './verified.ts';

interface Props {
  to: PasteTarget;
  of: ObjectRef;
  onClose: () => void;
}
/** Signs that are listed before the rest is only counted. */
const listed = 12;
const nothing: Typed['unmappable'] = [];

/** Types a text into a machine that has no clipboard. What its layout cannot type is named before anything is typed. */
export function PasteDialog({ to, of, onClose }: Props): ReactNode {
  const [text, setText] = useState('');
  const [done, setDone] = useState<number>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [slow, setSlow] = useState(false);
  const [usual, setUsual] = useStored('console.layout', 'us');
  const [own, setOwn] = useStored(`console.layout.${of.namespace}/${of.name}`, '');
  const layouts = useLayouts(to.by === 'keys');
  const stop = useRef<AbortController>(undefined);
  const chosen = own || usual;
  const layout = layouts?.[chosen];
  const typed = useMemo(() => (layout ? typeWith(layout, text) : undefined), [layout, text]);
  const unmappable = typed?.unmappable ?? nothing;
  const all = to.by === 'text' ? [...text.replaceAll('\r\n', '\n')].length : (typed?.characters.length ?? 0);

  // A dialog that goes away must not leave somebody typing.
  useEffect(() => () => stop.current?.abort(), []);
  const close = (): void => {
    stop.current?.abort();
    onClose();
  };
  const type = async (signal: AbortSignal): Promise<Outcome | undefined> => {
    const options = { signal, progress: setDone };
    if (to.by === 'keys')
      return (
        typed &&
        layouts &&
        typeVerified(to, typed.characters, layouts, chosen, {
          ...options,
          pace: slow ? 'slow' : 'normal',
          look: () => to.look(),
        })
      );
    const { output } = to;
    if (output) return plainVerified(to, text, { ...options, output: () => output() });
    await typePlain(to, text, options);
    return undefined;
  };
  const send = async (): Promise<void> => {
    setOutcome(undefined);
    const control = new AbortController();
    stop.current = control;
    setDone(0);
    const { signal } = control;
    const result = await type(signal);
    if (signal.aborted) return;
    setDone(undefined);
    if (result && result.differences.length > 0) return setOutcome(result);
    if (result && result.seen > 0)
      toast({
        title:
          result.seen === result.typed
            ? t('paste.same', { n: result.seen })
            : t('paste.partly', { n: result.seen, all: result.typed }),
      });
    onClose();
  };
  const ready = all > 0 && (to.by === 'text' || typed !== undefined);
  return (
    <Dialog
      open
      onClose={close}
      title={t('paste.title', { name: of.name })}
      description={t(to.by === 'keys' ? 'paste.text' : 'paste.plain')}
      // Any sooner, the dialog would take it back.
      givesFocusBack={() => {
        to.focus();
        return false;
      }}
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            {t(done === undefined ? 'cancel' : 'paste.stop')}
          </Button>
          <Button
            tone="primary"
            busy={done !== undefined}
            why={ready ? undefined : t('paste.nothing')}
            onClick={() => void send()}
          >
            {t('paste.send', { n: all })}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <TextArea label={t('paste.field')} value={text} onChange={setText} rows={6} mono />
        {/* What is typed into the list before its options are there would be lost when they come. */}
        {to.by === 'keys' && !layouts && <Skeleton height="block" />}
        {layouts && (
          <Combobox
            label={t('paste.layout')}
            hint={t('paste.layout.hint')}
            value={chosen}
            onChange={(next) => {
              setOwn(next);
              setUsual(next);
            }}
            options={Object.entries(layouts).map(([value, { name }]) => ({ value, label: name, detail: value }))}
          />
        )}
        {to.by === 'keys' && (
          <Checkbox label={t('paste.slow')} hint={t('paste.slow.hint')} checked={slow} onChange={setSlow} />
        )}
        {unmappable.length > 0 && (
          <Banner tone="warning" title={t('paste.unmappable', { n: unmappable.length })}>
            <ul className={css.unmappable}>
              {unmappable.slice(0, listed).map(({ character, line, column }) => (
                <li key={`${line}:${column}`}>
                  <code>{shownCharacter(character)}</code> {t('paste.where', { line, column })}
                </li>
              ))}
            </ul>
            {unmappable.length > listed && t('paste.more', { n: unmappable.length - listed })}
          </Banner>
        )}
        {outcome && (
          <Banner tone="problem" title={t('paste.other', { n: outcome.differences.length })}>
            <ul className={css.unmappable}>
              {outcome.differences.slice(0, listed).map(({ typed: sent, arrived }, n) => (
                // oxlint-disable-next-line no-array-index-key -- the same pair may come twice
                <li key={n}>
                  {arrived === '' ? t('paste.lost', { typed: sent }) : t('paste.became', { typed: sent, arrived })}
                </li>
              ))}
            </ul>
            {outcome.differences.length > listed && t('paste.more', { n: outcome.differences.length - listed })}
            {outcome.layout !== undefined && (
              <p>
                {t('paste.seems', { layout: layouts?.[outcome.layout]?.name ?? outcome.layout })}{' '}
                <Button
                  size="small"
                  onClick={() => {
                    setOwn(outcome.layout ?? '');
                    setOutcome(undefined);
                  }}
                >
                  {t('paste.use')}
                </Button>
              </p>
            )}
            {outcome.typed < all && t('paste.broken', { n: outcome.typed, all })}
          </Banner>
        )}
        {done !== undefined && <Progress value={all ? done / all : 1} label={t('paste.busy', { done, all })} />}
      </div>
    </Dialog>
  );
}

function useLayouts(wanted: boolean): Layouts | undefined {
  const [layouts, setLayouts] = useState<Layouts>();
  useEffect(() => {
    let over = false;
    if (wanted) void loadLayouts().then((all) => over || setLayouts(all));
    return () => {
      over = true;
    };
  }, [wanted]);
  return layouts;
}
