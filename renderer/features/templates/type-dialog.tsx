import { useState } from 'react';
import type { ReactNode } from 'react';
import type { TypeRow } from '../../../main/contract/templates.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Button } from '../../ui/button.tsx';
import { CodeEditor } from '../../ui/code-editor.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './templates.module.css';
import { t } from './text.ts';
import { TypeFields } from './type-fields.tsx';
import { emptyForm, ownCopy } from './type-form.ts';
import { text as typeYaml } from './type-yaml.ts';

/** One instance type or preference: its text, who uses it; own ones can be made, changed and deleted. */
export function TypeDialog({ row, editing: begin, onClose }: { row: TypeRow; editing: boolean; onClose: () => void }): ReactNode {
  const offer = useOffer();
  const bundled = row.bundled ? t('types.bundledWhy') : undefined;
  const [editing, setEditing] = useState(begin);
  const [yaml, setYaml] = useState(row.yaml);
  const [form, setForm] = useState(row.name === '' ? emptyForm : undefined);
  const [version, setVersion] = useState(0);
  const save = useAction((api, text: string) => api.templates.saveType({ yaml: text }), {
    onDone: ({ name }) => {
      toast({ title: t('types.saved', { name }) });
      onClose();
    },
  });
  const removal = useRemoval<TypeRow>({
    call: async (api, { kind, namespace, name }) => ({
      of: 'type',
      ...(await api.templates.removeType({ kind, name, ...(namespace !== undefined && { namespace }) })),
    }),
    done: ({ name }) => t('types.removed', { name }),
    name: ({ name }) => name,
    onDone: onClose,
  });
  const edit = (text: string): void => {
    setYaml(text);
    setVersion((now) => now + 1);
    setEditing(true);
  };
  return (
    <Dialog
      open
      size="large"
      onClose={onClose}
      title={row.name === '' ? t(row.kind.endsWith('Preference') ? 'preferences.new' : 'types.new') : t('types.details', { name: row.name })}
      description={row.description}
      footer={
        editing ? (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button tone="primary" busy={save.busy} why={offer('templates.saveType')} onClick={() => void save.run(yaml)}>
              {t('editor.save')}
            </Button>
          </>
        ) : (
          <>
            <Button tone="danger" busy={removal.busy} why={offer('templates.removeType') ?? bundled} onClick={() => removal.remove(row)}>
              {t('delete')}
            </Button>
            <Button why={offer('templates.saveType') ?? bundled} onClick={() => edit(row.yaml)}>
              {t('types.edit')}
            </Button>
            <Button tone="primary" why={offer('templates.saveType')} onClick={() => edit(ownCopy(row))}>
              {t('types.copy')}
            </Button>
          </>
        )
      }
    >
      <div className={css.form}>
        {save.problem && <ProblemView problem={save.problem} compact />}
        {form && (
          <TypeFields
            kind={row.kind}
            form={form}
            onChange={(next) => {
              setForm(next);
              setYaml(typeYaml(row.kind, next));
              setVersion((now) => now + 1);
            }}
          />
        )}
        <CodeEditor
          key={`${version} ${editing}`}
          label={t('types.editor', { kind: row.kind })}
          value={yaml}
          readOnly={!editing}
          onChange={(typed) => {
            setYaml(typed);
            // What was typed by hand is not run over by the fields any more.
            if (form && typed !== typeYaml(row.kind, form)) setForm(undefined);
          }}
          height="medium"
        />
        {row.name !== '' && (
          <section>
            <h3>{t('types.machines')}</h3>
            {row.machines.length === 0 && <p className={css.muted}>{t('types.machines.none')}</p>}
            <ul>
              {row.machines.map(({ namespace, name }) => (
                <li key={`${namespace}/${name}`}>
                  <a href={`#/machines/${namespace}/${name}`}>{name}</a>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
} // prettier-ignore
