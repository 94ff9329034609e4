import { useState } from 'react';
import { boxes, useList } from '../../../../lib/resources.ts';
import { useAction } from '../../../../lib/use-call.ts';
import { useLocation } from 'wouter';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { ConfirmDialog } from '../../../../ui/confirm-dialog.tsx';
import { ClusterIcon } from '../../../../ui/icons.tsx';
import { Select } from '../../../../ui/select.tsx';
import { toast } from '../../../../ui/toast.tsx';
import css from '../../boxes.module.css';
import { useBox } from '../door.ts';
import { t } from '../text.ts';

/** Makes another paired box a node of this one's cluster. Both must be paired with this Hearth, so only the app offers it. */
export function Join() {
  const { door, state, row, away } = useBox();
  const others = useList(boxes).items.filter((each) => each.id !== row?.id && each.state === 'online');
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState<string>();
  const [, go] = useLocation();
  const id = picked ?? others[0]?.id ?? '';
  const joining = others.find((each) => each.id === id);
  const join = useAction((api, from: string) => api.boxes.join({ id: from, to: row?.id ?? '' }), {
    onDone: () => {
      setOpen(false);
      toast({ title: t('join.started', { name: joining?.name ?? '' }) });
      go('/activity');
    },
  });
  if (door.own) return null;
  const why =
    away ??
    (state.setup.appliance === 'ready' ? (others.length === 0 ? t('join.noOther') : undefined) : t('target.none'));
  return (
    <>
      <Button size="small" icon={ClusterIcon} why={why} onClick={() => setOpen(true)}>
        {t('join')}
      </Button>
      <ConfirmDialog
        open={open}
        size="medium"
        onClose={() => {
          setOpen(false);
          join.reset();
        }}
        title={t('join.title', { name: state.name })}
        confirmLabel={t('join.go')}
        busy={join.busy}
        problem={join.problem}
        onConfirm={() => void join.run(id)}
      >
        <div className={css.stack}>
          <p className={css.text}>{t('join.text')}</p>
          <Select
            label={t('join.which')}
            value={id}
            onChange={setPicked}
            options={others.map((each) => ({ value: each.id, label: each.name, detail: each.address }))}
          />
          {joining?.last?.setup.appliance === 'ready' && (
            <Banner tone="warning" title={t('join.hasCluster', { name: joining.name })}>
              {t('join.hasClusterText')}
            </Banner>
          )}
        </div>
      </ConfirmDialog>
    </>
  );
}
