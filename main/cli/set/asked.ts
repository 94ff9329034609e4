/** What a person says besides the word and the folder. */
export interface SetAsked {
  namespace: string[];
  overwrite: boolean;
  prune: boolean;
  'prune-disks': boolean;
  'dry-run': boolean;
  watch: boolean;
  json: boolean;
  name?: string | undefined;
  branch?: string | undefined;
  within?: string | undefined;
  every?: string | undefined;
}
