import { useEffect, useRef } from 'react';
import { milliseconds } from '../../lib/format.ts';
import { Announce } from '../../ui/announce.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './targets.module.css';
import { t } from './text.ts';
import type { ClusterState } from './use-cluster.ts';

/** What a look found: contexts, the server, programs that want to run, and whether machines can live there. */
export function ClusterFound({ cluster }: { cluster: ClusterState }) {
  const { found, state, test, add, name, change } = cluster;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // The answer may lie below the edge of the window; the eye is still at the button.
    if (found) section.current?.scrollIntoView({ block: 'nearest' });
  }, [found]);
  const said = state === 'none' ? '' : t(`found.${state}`);
  if (!found) return <Announce text={said} />;
  const { answer } = found;
  return (
    <section ref={section} className={css.found} aria-label={t('found.title')}>
      <Announce text={said} />
      {found.contexts.length > 1 && (
        <Select
          label={t('found.context')}
          value={found.context}
          onChange={cluster.choose}
          options={found.contexts.map((each) => ({ value: each, label: each }))}
        />
      )}
      <KeyValue
        columns={2}
        items={[
          { label: t('found.server'), value: found.server, mono: true },
          { label: t('found.user'), value: found.user || '–' },
          ...(answer
            ? [
                { label: t('found.version'), value: answer.version },
                { label: t('found.nodes'), value: answer.nodes === undefined ? t('found.nodesHidden') : t('found.nodesText', { n: answer.nodes, ms: milliseconds(answer.ms) }) },
                { label: 'KubeVirt', value: answer.kubevirt ?? t('found.missing') },
                { label: 'CDI', value: answer.cdi ?? t('found.missing') },
              ]
            : []),
        ]} // prettier-ignore
      />
      {found.insecure && (
        <Banner tone="warning" title={t('found.insecure')}>
          {t('found.insecureText')}
        </Banner>
      )}
      {state === 'programs' && (
        <Banner
          tone="warning"
          title={t('found.programs')}
          actions={
            <Button size="small" busy={test.busy} onClick={cluster.allow}>
              {t('found.allow')}
            </Button>
          }
        >
          <p>{t('found.programsText')}</p>
          <CodeBlock text={found.programs.join('\n')} label={t('found.programs')} />
        </Banner>
      )}
      {found.problem && <ProblemView problem={found.problem} compact />}
      {answer && answer.kubevirt === undefined && (
        <Banner tone="warning" title={t('found.bare')}>
          {t('found.bareText')}
        </Banner>
      )}
      {state === 'answered' && (
        <TextField
          label={t('found.name')}
          value={name}
          onChange={(next) => change({ name: next })}
          error={name.trim() === '' ? t('found.nameMissing') : undefined}
          hint={t('found.nameHint')}
          maxLength={60}
        />
      )}
      {add.problem && <ProblemView problem={add.problem} compact />}
    </section>
  );
}
