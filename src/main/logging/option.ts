/**
 * A value that may be absent, for a log line that says of what kind it would be: `some(5)` or `none(SlotId)`; in JSON
 * the value or null.
 */
export function optionOf<T>(
  type: string | { readonly name: string },
  value: T | null | undefined,
): OptionOf<T> {
  return new OptionOf(typeof type === 'string' ? type : type.name, value ?? undefined);
}

export class OptionOf<T = unknown> {
  readonly typeName: string;
  readonly value: T | undefined;

  constructor(typeName: string, value: T | undefined) {
    this.typeName = typeName;
    this.value = value;
  }
}
