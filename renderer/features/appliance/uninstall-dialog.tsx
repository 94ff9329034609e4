import { useState } from 'react';
import type { Appliance, UninstallPreview } from '../../../main/contract/appliance.ts';
import { bytes } from '../../lib/format.ts';
import { useCall } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { AccessDialog } from './access-dialog.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import type { Access, Asker, Runner } from './use-run.ts';
import { accessNeed, previewWhy } from './view.ts';

interface Props {
  row: Appliance;
  /** Outlives the dialog: what is found to be missing only on the way is asked for then. */
  runner: Runner;
  /** Undoing half an install: nothing lives there yet, so nothing has to be typed. */
  half?: boolean;
  onClose: () => void;
  onStarted: (taskId: string) => void;
}

/**
 * Names everything that would go before it goes. Nothing is sent until the list was shown. What was changed on a machine is
 * known there only: where one signs in with a password, it is asked for first, and serves the uninstall too.
 */
export function UninstallDialog({ row, runner, half = false, onClose, onStarted }: Props) {
  const [keep, setKeep] = useState(false);
  const byPassword = row.ssh?.by === 'password';
  const [access, setAccess] = useState<Access>({});
  const { place } = access;
  /** Names what was asked with that place: the password is no part of the name. */
  const [asked, setAsked] = useState(() => Date.now());
  const [signingIn, setSigningIn] = useState(byPassword);
  const preview = useCall(
    ['uninstall', row.id, asked],
    (api, signal) => api.appliances.uninstallPreview({ id: row.id, ...(place && { place }) }, { signal }),
    { staleMs: 0 },
  );
  const found = preview.value;
  const empty = found !== undefined && found.machines.length + found.disks.length === 0 && !found.unknown;
  const confirm = (): void => {
    if (!found) return;
    const machines = found.machines.length;
    runner.run((api, on) => api.appliances.uninstall({ ...on, machines, keepDisks: keep }), onStarted, access);
  };
  const need = accessNeed(preview.problem);
  const refused = need === 'ssh' || need === 'host-key' ? need : undefined;
  const signIn: Asker = {
    asks: signingIn ? { need: refused ?? 'ssh', problem: refused && preview.problem, place } : undefined,
    busy: false,
    answer: (given) => {
      setAccess((before) => ({ ...before, ...given }));
      setSigningIn(false);
      setAsked((before) => before + 1);
    },
    dismiss: () => setSigningIn(false),
  };
  return (
    <>
      <ConfirmDialog
        open={!signingIn && !runner.asks} // two at once would hide each other from who cannot see them
        danger
        size="medium"
        onClose={onClose}
        onConfirm={confirm}
        title={t(half ? 'uninstall.undoTitle' : 'uninstall.title', { name: row.name, place: row.place })}
        confirmLabel={t(half ? 'uninstall.undoConfirm' : 'uninstall.confirm')}
        busy={runner.busy}
        why={previewWhy(preview)}
        problem={runner.problem}
        typeToConfirm={half && empty ? undefined : row.settings.nodeName}
      >
        {preview.loading && <Skeleton count={4} />}
        {preview.problem && (
          <ProblemView
            problem={preview.problem}
            compact
            actions={
              <Button size="small" busy={preview.refreshing} onClick={refused ? () => setSigningIn(true) : preview.again}>
                {t(refused === 'ssh' ? 'uninstall.signIn' : refused ? 'hostKey.look' : 'again')}
              </Button>
            }
          />
        )}
        {found && <Preview found={found} keep={keep} empty={empty} />}
        {found && byPassword && !place && (
          <Banner
            tone="note"
            title={t('uninstall.untold', { place: row.place })}
            actions={
              <Button size="small" onClick={() => setSigningIn(true)}>
                {t('uninstall.signIn')}
              </Button>
            }
          >
            {t('uninstall.untoldText')}
          </Banner>
        )}
        {found && !empty && (
          <Checkbox label={t('uninstall.keep')} hint={t('uninstall.keepHint', { path: row.settings.volumes })} checked={keep} onChange={setKeep} />
        )}
      </ConfirmDialog>
      <AccessDialog row={row} runner={signIn} />
    </>
  );
} // prettier-ignore

function Preview({ found, keep, empty }: { found: UninstallPreview; keep: boolean; empty: boolean }) {
  const { machines, disks, undo, unknown } = found;
  const size = disks.reduce((sum, disk) => sum + disk.size, 0);
  return (
    <div className={css.stack}>
      {unknown && (
        <Banner tone="warning" title={t('uninstall.unknown')}>
          {unknown}
        </Banner>
      )}
      {empty && <p>{t('uninstall.empty')}</p>}
      {machines.length > 0 && (
        <div>
          <p className={css.title}>{t('uninstall.machines', { n: machines.length })}</p>
          <ul className={css.names} aria-label={t('uninstall.machines', { n: machines.length })}>
            {machines.map((each) => (
              <li key={`${each.namespace}/${each.name}`}>
                <span className={css.name}>{each.namespace === 'default' ? each.name : `${each.namespace}/${each.name}`}</span>
                <span className={css.muted}>
                  {each.status} · {bytes(each.disk)}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {disks.length > 0 && (
        <div>
          <p className={css.title}>{t(keep ? 'uninstall.disksKept' : 'uninstall.disks', { n: disks.length, size: bytes(size) })}</p>
          <ul className={css.names}>
            {disks.map((each) => (
              <li key={`${each.namespace}/${each.name}`}>
                <span className={css.name}>
                  {each.namespace}/{each.name}
                </span>
                <span className={css.muted}>{bytes(each.size)}</span>
                {each.path && <span className={css.path}>{each.path}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {machines.length > 0 && !keep && (
        <Banner tone="note" title={t('uninstall.export')}>
          {t('uninstall.exportText')}
        </Banner>
      )}
      {undo.length > 0 && (
        <details className={css.evidence}>
          <summary>{t('uninstall.undo', { n: undo.length })}</summary>
          <ol className={css.undo}>
            {undo.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
} // prettier-ignore
