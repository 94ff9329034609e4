import { useState } from 'react';
import type { BoxResetPreview } from '../../../../../main/contract/box/upkeep.ts';
import { bytes } from '../../../../lib/format.ts';
import { useCall } from '../../../../lib/use-call.ts';
import { Banner } from '../../../../ui/banner.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../../../ui/confirm-dialog.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Skeleton } from '../../../../ui/skeleton.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** Names all that dies; nothing is sent before it was shown and the box's name typed. */
export function ResetDialog({ onClose }: { onClose: () => void }) {
  const { door, state } = useBox();
  const [wipe, setWipe] = useState(false);
  const [asked] = useState(() => Date.now());
  const preview = useCall(['box-reset', door.key, asked], (api, signal) => door.resetPreview(api, { signal }), {
    staleMs: 0,
  });
  const act = useAct({ onDone: onClose });
  const found = preview.value;
  const why = found ? undefined : preview.loading ? t('reset.wait') : t('reset.unknown');
  return (
    <ConfirmDialog
      open
      danger
      size="medium"
      onClose={onClose}
      title={t('reset.title', { name: state.name })}
      confirmLabel={t('reset.confirm')}
      busy={act.busy}
      problem={act.problem}
      why={why}
      typeToConfirm={state.name}
      onConfirm={() => void act.run({ do: 'factory-reset', confirm: state.name, wipe })}
    >
      {preview.loading && <Skeleton count={4} />}
      {preview.problem && <ProblemView problem={preview.problem} compact />}
      {found && <Preview found={found} />}
      <Checkbox label={t('reset.wipe')} hint={t('reset.wipeHint')} checked={wipe} onChange={setWipe} />
    </ConfirmDialog>
  );
}

function Preview({ found }: { found: BoxResetPreview }) {
  const { machines, unknown, images, data, apps, kept } = found;
  return (
    <div className={css.stack}>
      {unknown && (
        <Banner tone="warning" title={t('reset.machinesUnknown')}>
          {unknown}
        </Banner>
      )}
      {machines.length > 0 && (
        <div>
          <p className={css.name}>{t('reset.machines', { n: machines.length })}</p>
          {/* oxlint-disable-next-line no-noninteractive-tabindex -- a long list is scrolled by keyboard */}
          <ul className={css.names} aria-label={t('reset.machines', { n: machines.length })} tabIndex={0}>
            {machines.map((each) => (
              <li key={`${each.namespace}/${each.name}`}>
                <span>{each.namespace === 'default' ? each.name : `${each.namespace}/${each.name}`}</span>
                <span className={css.muted}>
                  {[each.status, each.disk !== undefined && bytes(each.disk)].filter(Boolean).join(' · ')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <ul className={css.bullets}>
        <li>{t('reset.data', { size: bytes(data), n: images })}</li>
        <li>{t('reset.apps', { n: apps.length, names: apps.join(', ') })}</li>
        <li>{t('reset.key')}</li>
      </ul>
      {kept.length > 0 && <p className={css.muted}>{t('reset.kept', { what: kept.join('; ') })}</p>}
    </div>
  );
}
