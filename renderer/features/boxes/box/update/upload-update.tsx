import { useRef, useState } from 'react';
import { useApi } from '../../../../lib/connection.ts';
import { cx } from '../../../../lib/cx.ts';
import { useDrop } from '../../../../lib/use-drop.ts';
import { bytes, dateTime, duration, percent, rate } from '../../../../lib/format.ts';
import { useTask } from '../../../../lib/tasks.ts';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { UploadIcon } from '../../../../ui/icons.tsx';
import { KeyValue } from '../../../../ui/key-value.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Progress } from '../../../../ui/progress.tsx';
import { TaskCard } from '../../../../ui/task-card.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import { pageUpload, usePageUpload } from './page-upload.ts';
import type { Sending } from './page-upload.ts';
import own from './update.module.css';

/** A signed image from this browser, on the box's own pages. */
export function UploadUpdate() {
  const api = useApi();
  const { state, away } = useBox();
  const sending = usePageUpload();
  const [anyway, setAnyway] = useState(false);
  const act = useAct({ onDone: () => pageUpload.forget() });
  const task = useTask(act.value?.taskId);
  const { offer } = sending;
  const busy = sending.state === 'sending' || sending.state === 'checking';
  const runs = state.busy !== undefined || task?.state === 'running';
  const why = (): string | undefined => {
    if (away !== undefined) return away;
    if (state.update?.trial) return t('update.onTrial');
    if (runs) return t('update.runsNow');
    return offer ? undefined : t('update.choose');
  };
  const go = async (): Promise<void> => {
    if (sending.state === 'ready' || (await pageUpload.send(api))) await act.run({ do: 'update', anyway });
  };
  return (
    <Card title={t('update.send')}>
      <div className={css.stack}>
        <p className={css.text}>{t('update.text')}</p>
        {!busy && <Chooser asking={sending.state === 'asking'} why={away ?? (runs ? t('update.runsNow') : undefined)} />}
        {sending.problem && <ProblemView problem={sending.problem} compact />}
        {offer && (
          <KeyValue
            items={[
              { label: t('about.version'), value: offer.facts.version },
              { label: t('image.base'), value: offer.facts.base },
              { label: t('image.built'), value: dateTime(offer.facts.builtAt) },
              { label: t('image.size'), value: bytes(offer.facts.size) },
              { label: t('image.signed'), value: offer.facts.signedBy },
            ]}
          />
        )}
        {sending.state === 'offered' && sending.sent > 0 && <p className={css.muted}>{sending.sent === 1 ? t('upload.allThere') : t('upload.goesOn', { share: percent(sending.sent) })}</p>}
        {busy && <Moving sending={sending} />}
        <Checkbox label={t('power.anyway')} hint={t('power.anywayHint')} checked={anyway} onChange={setAnyway} />
        {act.problem && <ProblemView problem={act.problem} compact />}
        {task && <TaskCard task={task} />}
        <div className={css.actions}>
          <Button tone="primary" busy={busy || act.busy} why={busy ? undefined : why()} onClick={() => void go()}>
            {t('update.go')}
          </Button>
          {offer && (
            <Button tone="quiet" onClick={() => void pageUpload.drop(api)}>
              {t('upload.drop')}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
} // prettier-ignore

/** Both files, by hand or dropped here. */
function Chooser({ asking, why }: { asking: boolean; why: string | undefined }) {
  const api = useApi();
  const input = useRef<HTMLInputElement>(null);
  const take = (files: Iterable<File>): void => void pageUpload.choose(api, [...files]);
  const { over, drop } = useDrop((files) => {
    if (why === undefined) take(files);
  });
  return (
    <div className={cx(own.drop, over && own.over)} {...drop}>
      <p className={css.muted}>{t('upload.hint')}</p>
      <Button icon={UploadIcon} busy={asking} why={why} onClick={() => input.current?.click()}>
        {t('upload.choose')}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept=".img,.json"
        hidden
        onChange={(event) => {
          take(event.target.files ?? []);
          event.target.value = '';
        }}
      />
    </div>
  );
}

function Moving({ sending: { state, sent, rate: speed, image } }: { sending: Sending }) {
  const size = image?.size ?? 0;
  const words =
    state === 'checking'
      ? t('upload.checking')
      : [
          t('upload.sent', { sent: bytes(sent * size), size: bytes(size) }),
          speed !== undefined && speed > 0 && rate(speed),
          speed !== undefined && speed > 0 && t('upload.left', { time: duration(((1 - sent) * size) / speed) }),
        ]
          .filter(Boolean)
          .join(' · ');
  return (
    <div className={cx(css.stack, css.tight)}>
      <Progress value={state === 'checking' ? undefined : sent} label={t('upload.progress')} />
      <p className={css.muted}>{words}</p>
    </div>
  );
}
