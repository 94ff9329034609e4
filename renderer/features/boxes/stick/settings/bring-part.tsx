import { useCall } from '../../../../lib/use-call.ts';
import { Button } from '../../../../ui/button.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { IconButton } from '../../../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../../../ui/icons.tsx';
import { NumberField } from '../../../../ui/number-field.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Select } from '../../../../ui/select.tsx';
import { SizeField } from '../../../../ui/size-field.tsx';
import { Skeleton } from '../../../../ui/skeleton.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import type { BringMachine } from '../draft.ts';
import { t } from '../text.ts';
import own from './bring.module.css';
import type { PartProps } from './part.ts';

const gib = 1024 ** 3;
const most = 20;

/** Images to fetch and machines to make once the box is set up. */
export function BringPart({ draft, set, fields }: PartProps) {
  const catalogue = useCall(['catalogue'], (api, signal) => api.images.catalogue({}, { signal }));
  const images = catalogue.value ?? [];
  const toggle = (id: string, on: boolean): void =>
    set({ images: on ? [...draft.images, id] : draft.images.filter((each) => each !== id) });
  const change = (at: number, part: Partial<BringMachine>): void =>
    set({ machines: draft.machines.map((each, n) => (n === at ? { ...each, ...part } : each)) });
  const add = (): void => {
    const names = new Set(draft.machines.map(({ name }) => name));
    let n = draft.machines.length + 1;
    while (names.has(`machine-${n}`)) n += 1;
    set({ machines: [...draft.machines, { name: `machine-${n}`, image: images[0]?.id ?? '', cpus: 1, memory: gib }] });
  };
  return (
    <div className={css.stack}>
      <p className={css.text}>{t('bring.text')}</p>
      {catalogue.loading && <Skeleton count={2} />}
      {catalogue.problem && <ProblemView problem={catalogue.problem} compact />}
      {images.length > 0 && (
        <fieldset className={own.images}>
          <legend className={own.legend}>{t('bring.images')}</legend>
          {images.map((image) => (
            <Checkbox key={image.id} label={image.name} checked={draft.images.includes(image.id)} onChange={(on) => toggle(image.id, on)} />
          ))}
        </fieldset>
      )}
      <ul className={css.list} aria-label={t('bring.machines')}>
        {draft.machines.map((machine, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a row is its place: names are typed
          <li key={at} className={own.machine}>
            <TextField label={t('bring.name')} value={machine.name} onChange={(name) => change(at, { name })} error={fields[`bring.machines.${at}.name`]} maxLength={63} mono />
            <Select label={t('bring.image')} value={machine.image} onChange={(image) => change(at, { image })} options={images.map((each) => ({ value: each.id, label: each.name }))} error={fields[`bring.machines.${at}.image`]} />
            <NumberField label={t('bring.cpus')} value={machine.cpus} onChange={(cpus) => change(at, { cpus: cpus ?? 1 })} min={1} max={64} />
            <SizeField label={t('bring.memory')} value={machine.memory} onChange={(memory) => change(at, { memory: memory ?? gib })} min={gib / 16} error={fields[`bring.machines.${at}.memory`]} />
            <span className={own.remove}>
              <IconButton icon={TrashIcon} label={t('bring.remove', { name: machine.name })} onClick={() => set({ machines: draft.machines.filter((_, n) => n !== at) })} />
            </span>
          </li>
        ))}
      </ul>
      <div>
        <Button size="small" icon={PlusIcon} why={images.length === 0 ? t('bring.noImages') : draft.machines.length >= most ? t('bring.full', { n: most }) : undefined} onClick={add}>
          {t('bring.add')}
        </Button>
      </div>
    </div>
  );
} // prettier-ignore
