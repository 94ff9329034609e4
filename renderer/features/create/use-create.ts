import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ImageRow } from '../../../main/contract/image.ts';
import type { CreateMachineInput, InstancetypeRow, PreferenceRow } from '../../../main/contract/machine.ts';
import { images, machines, settings, target, useList, useLive } from '../../lib/resources.ts';
import { useCall } from '../../lib/use-call.ts';
import { emptyDraft, ownKeyName, toInput } from './draft.ts';
import type { Draft } from './draft.ts';
import { withText } from './cloud-config.ts';
import { suitedTo } from './first-start.ts';
import { fitOf } from './fit.ts';
import type { Fit } from './fit.ts';
import { keepDraft, keptDraft } from './keep.ts';
import { suggestPassword } from './password.ts';
import { severalErrors, severalOf } from './several.ts';
import { freeName, slug, suggestImage, suggestSize } from './suggest.ts';
import { t } from './text.ts';
import { validate } from './validate.ts';
import type { FieldErrors } from './validate.ts';

/** Everything the sections of the form need. */
export interface Form {
  draft: Draft;
  set: (change: Partial<Draft> | ((now: Draft) => Partial<Draft>)) => void;
  /** The field was left: from now on its error shows. */
  touch: (path: string) => void;
  error: (path: string) => string | undefined;
  errors: FieldErrors;
  /** What the form itself finds wrong; the target's refusal is only in `errors`. */
  own: FieldErrors;
  images: readonly ImageRow[];
  imagesLoading: boolean;
  /** What decides how tall the page is, is being read. */
  loading: boolean;
  image: ImageRow | undefined;
  types: readonly InstancetypeRow[];
  preferences: readonly PreferenceRow[];
  sshKeys: readonly { name: string; key: string }[];
  /** Whether cloud-init can set up what was chosen. */
  takesCloudInit: boolean;
  defaultUser: string;
  fit: Fit;
  input: CreateMachineInput;
  /** Names of the machines that are made at once; undefined: one machine. */
  several: readonly string[] | undefined;
  submit: () => void;
  submitted: boolean;
  setServerErrors: (errors: FieldErrors) => void;
  clear: () => void;
}

const begin = (): Draft => ({ ...(keptDraft(sessionStorage) ?? emptyDraft), password: suggestPassword() });

export function useCreate(): Form {
  const [draft, setDraft] = useState(begin);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [submitted, setSubmitted] = useState(false);
  const [serverErrors, setServerErrors] = useState<FieldErrors>({});
  const imageList = useList(images);
  const machineList = useList(machines);
  const setting = useLive(settings).value;
  const capacity = useLive(target).value?.capacity;
  const { value: types, loading: typesLoading } = useCall(['instancetypes'], (api) => api.machines.instancetypes({}));
  const { value: preferences, loading: preferencesLoading } = useCall(['preferences'], (api) =>
    api.machines.preferences({}),
  );

  const taken = useMemo(
    () => new Set(machineList.items.map((row) => `${row.namespace}/${row.name}`)),
    [machineList.items],
  );
  const named = useFilled(draft, imageList.items, types, taken, capacity?.cpus, setting);
  const image = imageList.items.find(
    (row) => row.name === named.image?.name && row.namespace === named.image.namespace,
  );
  // Stands in the draft from its first change on: what a person chooses after that stays.
  const suited = useMemo(
    () => (preferencesLoading || imageList.state === 'loading' ? undefined : suitedTo(draft, image, preferences ?? [])),
    [draft, image, preferences, preferencesLoading, imageList.state],
  );
  const filled = useMemo(() => (suited ? { ...named, ...suited } : named), [named, suited]);
  const takesCloudInit = filled.source === 'image' && (image?.cloudInit ?? false);
  const ownKey = useCall(['ssh', 'own-key'], (api) => api.ssh.ownKey({})).value?.publicKey;
  const saved = setting?.sshKeys ?? none;
  const sshKeys = useMemo(
    () => (ownKey === undefined ? saved : [{ name: ownKeyName, key: ownKey }, ...saved]),
    [ownKey, saved],
  );
  const several = useMemo(() => severalOf(filled.name), [filled.name]);
  // The first of several stands for them all: what is wrong with it is wrong with each.
  const input = useMemo(
    () => toInput(several ? { ...filled, name: several.names[0] ?? '' } : filled, sshKeys, takesCloudInit),
    [filled, several, sshKeys, takesCloudInit],
  );
  const own = useMemo(() => {
    const errors = validate(input, { taken, ...(image?.virtualSize !== undefined && { minDisk: image.virtualSize }) });
    return several ? severalErrors(several, errors, filled.namespace, taken) : errors;
  }, [input, several, taken, image, filled.namespace]);
  const sent = useMemo(() => withText(input, filled), [input, filled]);
  const errors = useMemo(() => ({ ...serverErrors, ...own }), [serverErrors, own]);

  useEffect(() => {
    keepDraft(sessionStorage, draft);
  }, [draft]);
  const set = useCallback(
    (change: Partial<Draft> | ((now: Draft) => Partial<Draft>)) => {
      setDraft((before) => {
        const now = { ...before, ...suited };
        return { ...now, ...(typeof change === 'function' ? change(now) : change) };
      });
      // What the target refused was about the old values.
      setServerErrors((now) => (Object.keys(now).length > 0 ? {} : now));
    },
    [suited],
  );
  const touch = useCallback((path: string) => setTouched((now) => (now.has(path) ? now : new Set(now).add(path))), []);
  const error = (path: string): string | undefined => {
    const message = errors[path];
    if (!message || !(submitted || touched.has(path) || path in serverErrors)) return undefined;
    return 'text' in message ? message.text : t(message.key, message.values);
  };
  const clear = useCallback(() => {
    setDraft({ ...emptyDraft, password: suggestPassword() });
    setTouched(new Set());
    setSubmitted(false);
    setServerErrors({});
  }, []);
  return {
    draft: filled, set, touch, error, errors, own, images: imageList.items, imagesLoading: imageList.state === 'loading', loading: imageList.state === 'loading' || typesLoading,
    image, types: types ?? [], preferences: preferences ?? [], sshKeys, takesCloudInit,
    defaultUser: setting?.defaultUser ?? 'hearth', fit: sizeFit(filled, types, capacity, several?.names.length), input: sent, several: several?.names,
    submit: () => setSubmitted(true), submitted, setServerErrors, clear,
  }; // prettier-ignore
}
/** An image from a file is shown by its file's name: the ending is no part of a machine's name. */
const nameOfImage = (image: ImageRow | undefined): string | undefined =>
  image?.displayName.replace(/(\.(qcow2|raw|img|vmdk|vhdx?|vdi|ova|iso))?(\.(xz|gz|zst|bz2))?$/i, '');
const none: readonly { name: string; key: string }[] = [];

/** The draft with every suggestion filled in where nothing was chosen: they follow until a person chooses. */
function useFilled(
  draft: Draft,
  rows: readonly ImageRow[],
  types: readonly InstancetypeRow[] | undefined,
  taken: ReadonlySet<string>,
  cpus: number | undefined,
  setting: { defaultUser: string } | undefined,
): Draft {
  return useMemo(() => {
    const found = rows.find((row) => row.name === draft.image?.name && row.namespace === draft.image.namespace);
    const chosen = draft.source === 'blank' ? undefined : (found ?? (draft.image ? undefined : suggestImage(rows)));
    const inSpace = new Set(
      [...taken].flatMap((ref) =>
        ref.startsWith(`${draft.namespace}/`) ? [ref.slice(draft.namespace.length + 1)] : [],
      ),
    );
    const base = slug(nameOfImage(chosen) ?? (draft.source === 'blank' ? 'machine' : ''));
    return {
      ...draft,
      ...(chosen && { image: { namespace: chosen.namespace, name: chosen.name } }),
      name: draft.nameTouched ? draft.name : chosen || draft.source === 'blank' ? freeName(base, inSpace) : '',
      instancetype: draft.instancetype || suggestSize(types ?? [], chosen?.minMemory, cpus),
      user:
        draft.user ||
        (chosen?.catalogueId === undefined ? undefined : chosen.defaultUser) ||
        setting?.defaultUser ||
        'hearth',
    };
  }, [draft, rows, types, taken, cpus, setting]);
}

function sizeFit(
  draft: Draft,
  types: readonly InstancetypeRow[] | undefined,
  capacity: Parameters<typeof fitOf>[2],
  machines = 1,
): Fit {
  const all = Math.max(1, machines);
  if (draft.size === 'free')
    return fitOf(Number(draft.sockets) * Number(draft.cores) * Number(draft.threads), draft.memory * all, capacity);
  const type = types?.find((each) => each.name === draft.instancetype);
  return fitOf(type?.cpus ?? Number.NaN, (type?.memory ?? Number.NaN) * all, capacity);
}
