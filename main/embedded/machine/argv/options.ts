/** One value inside a QEMU option list: a comma is doubled. */
export const escaped = (value: string): string => value.replaceAll(',', ',,');

/** `name,key=value,…`; keys without a value are left out, true and false become on and off. */
export function options(name: string, values: Record<string, string | number | boolean | undefined>): string {
  const parts = Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === 'boolean') return [`${key}=${value ? 'on' : 'off'}`];
    return [`${key}=${typeof value === 'string' ? escaped(value) : value}`];
  });
  return [name, ...parts].filter(Boolean).join(',');
}
