import type { KindState } from '../../../main/contract/targets.ts';
import type { CallState } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { isClusterName } from './cluster.ts';
import css from './targets.module.css';
import { t } from './text.ts';

export interface KindDraft {
  name: string;
  mirror: string;
  bundle: string;
}
/** The first of `try`, `try-2`, … that is free. */
export function freeKind(taken: readonly string[]): string {
  if (!taken.includes('try')) return 'try';
  for (let n = 2; ; n++) if (!taken.includes(`try-${n}`)) return `try-${n}`;
}
export function kindError(draft: KindDraft, taken: readonly string[]): string | undefined {
  if (taken.includes(draft.name)) return t('kind.taken');
  return isClusterName(draft.name) ? undefined : t('kind.nameWrong');
}
export const kindInput = (draft: KindDraft) => ({
  name: draft.name,
  ...(draft.mirror.trim() === '' ? {} : { mirror: draft.mirror.trim() }),
  ...(draft.bundle.trim() === '' ? {} : { bundle: draft.bundle.trim() }),
});

interface Props {
  state: CallState<KindState>;
  draft: KindDraft;
  onChange: (part: Partial<KindDraft>) => void;
}

/** A cluster inside of Docker, Podman or nerdctl. */
export function KindForm({ state, draft, onChange }: Props) {
  const { value, problem } = state;
  if (problem ?? value?.problem)
    return (
      <ProblemView
        problem={(problem ?? value?.problem) as NonNullable<typeof problem>}
        actions={
          <Button busy={state.refreshing} onClick={state.again}>
            {t('kind.again')}
          </Button>
        }
      />
    );
  if (!value) return <Skeleton height="row" count={2} />;
  return (
    <div className={css.form}>
      <TextField
        label={t('kind.name')}
        value={draft.name}
        onChange={(name) => onChange({ name })}
        error={kindError(draft, value.clusters)}
        hint={t('kind.nameHint')}
        maxLength={50}
        mono
      />
      <p className={css.text}>
        {value.engine && t('kind.engine', { engine: value.engine.name, version: value.engine.version })}{' '}
        {value.version ? t('kind.have', { version: value.version }) : t('kind.fetch')}
      </p>
      <details className={css.more}>
        <summary>{t('kind.more')}</summary>
        <div className={css.form}>
          <TextField
            label={t('kind.mirror')}
            value={draft.mirror}
            onChange={(mirror) => onChange({ mirror })}
            placeholder="http://mirror.lan/hearth"
            optional
            mono
          />
          <TextField
            label={t('kind.bundle')}
            value={draft.bundle}
            onChange={(bundle) => onChange({ bundle })}
            placeholder="/media/stick/bundle.hearth"
            optional
            mono
          />
        </div>
      </details>
    </div>
  );
}
