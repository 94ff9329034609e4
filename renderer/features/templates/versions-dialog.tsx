import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { TemplateRow, TemplateVersion } from '../../../main/contract/templates.ts';
import { ago } from '../../lib/format.ts';
import { useCall } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DiffView } from '../machine/diff-view.tsx';
import { diffLines } from '../machine/diff.ts';
import css from './templates.module.css';
import { t } from './text.ts';

const noVersions: readonly TemplateVersion[] = [];
const textOf = (version: TemplateVersion | undefined): string =>
  version
    ? [
        ...version.parameters.map(
          (each) => `# ${each.name}: ${each.label}${each.value === undefined ? '' : ` = ${each.value}`}`,
        ),
        version.manifest,
      ].join('\n')
    : '';

/** The history of a template: each version against another one, and the machines made of it. */
export function VersionsDialog({ row, onClose }: { row: TemplateRow; onClose: () => void }): ReactNode {
  const ref = { namespace: row.namespace, name: row.name };
  const detail = useCall(['template', row.namespace, row.name, row.version], (api, signal) => api.templates.get(ref, { signal }), { staleMs: 0 }); // prettier-ignore
  const now = useNow();
  const offer = useOffer();
  const [chosen, setChosen] = useState(row.version);
  const [against, setAgainst] = useState<number>();
  const versions = detail.value?.versions ?? noVersions;
  const one = versions.find(({ version }) => version === chosen);
  const other = against ?? versions.find(({ version }) => version < chosen)?.version ?? 0;
  const lines = useMemo(
    () => diffLines(textOf(versions.find(({ version }) => version === other)), textOf(one)),
    [versions, one, other],
  );
  const removal = useRemoval<number>({
    call: async (api, version) => ({ of: 'template', ...(await api.templates.remove({ ...ref, version })) }),
    done: (version) => t('history.deleted', { n: version }),
    name: (version) => t('history.version', { n: version }),
    onDone: onClose,
  });
  const options = versions.map(({ version, note, createdAt }) => ({
    value: String(version),
    label: t('history.version', { n: version }),
    detail: [ago(createdAt, now), note].filter(Boolean).join(' · '),
  }));
  return (
    <Dialog
      open
      size="large"
      onClose={onClose}
      title={t('history.title', { name: row.title })}
      footer={
        <>
          {versions.length > 1 && (
            <Button
              tone="danger"
              busy={removal.busy}
              why={offer('templates.remove')}
              onClick={() => removal.remove(chosen)}
            >
              {t('history.delete', { n: chosen })}
            </Button>
          )}
          <Button to={`/templates/edit/${row.namespace}/${row.name}`} why={offer('templates.save')}>
            {t('edit')}
          </Button>
          <Button tone="primary" onClick={onClose}>
            {t('close')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        {detail.problem && <ProblemView problem={detail.problem} />}
        {detail.loading && <Skeleton height="block" />}
        {one && (
          <>
            <div className={css.two}>
              <Select
                label={t('use.version')}
                value={String(chosen)}
                onChange={(value) => setChosen(Number(value))}
                options={options}
              />
              <Select
                label={t('history.compare')}
                value={String(other)}
                onChange={(value) => setAgainst(Number(value))}
                options={[{ value: '0', label: t('history.nothing') }, ...options]}
              />
            </div>
            <DiffView lines={lines} />
            <section>
              <h3>{t('history.made')}</h3>
              {detail.value?.machines.length === 0 && <p className={css.muted}>{t('history.none')}</p>}
              <ul>
                {detail.value?.machines.map((machine) => (
                  <li key={`${machine.namespace}/${machine.name}`}>
                    <a href={`#/machines/${machine.namespace}/${machine.name}`}>{machine.name}</a>{' '}
                    <span className={css.muted}>{t('history.version', { n: machine.version })}</span>
                  </li>
                ))}
              </ul>
            </section>
          </>
        )}
      </div>
    </Dialog>
  );
}
