/**
 * What values look like, per type and per sink. A format is a function of the value; its result may be anything: it is
 * formatted in turn, so that a number stays a number and an object stays an object in JSON. A format given without a
 * name serves text and JSON; given for one of them, the other formats the value as if there were none.
 * Registering one does not touch the type: `toString` and `toJSON` stay what they are.
 */
export type Format<T> =
  FormatFunction<T> | { readonly text?: FormatFunction<T>; readonly json?: FormatFunction<T> };

/** `nested` formats a part of the value as the sink would, as text. */
export type FormatFunction<T> = (value: T, nested: (part: unknown) => string) => unknown;

/** A type is a class, its subclasses included, or a test of the value; this tells branded texts and numbers apart. */
export type FormattedType<T> = Class<T> | { readonly is: (value: unknown) => value is T };

export type Class<T> = abstract new (...parameters: never[]) => T;

export type Sink = 'text' | 'json';

export class Formats {
  readonly #byClass = new Map<object, Entry>();
  readonly #guarded: { is: (value: unknown) => boolean; format: Entry }[] = [];
  readonly #fallback: Formats | undefined;

  /** `fallback` is asked where this one has no format. */
  constructor(fallback?: Formats) {
    this.#fallback = fallback;
  }

  /** The latest registration for a type counts. Returns the way to take it back. */
  register<T>(type: FormattedType<T>, format: Format<T>): () => void {
    const entry: Entry = typeof format === 'function' ? { text: format, json: format } : { ...format };
    if (typeof type === 'function') {
      this.#byClass.set(type.prototype as object, entry);
      return () => void this.#byClass.delete(type.prototype as object);
    }
    const guarded = { is: type.is, format: entry };
    this.#guarded.unshift(guarded);
    return () => void this.#guarded.splice(this.#guarded.indexOf(guarded), 1);
  }

  /** The format of this value, ready to be called. Tests come first, then the nearest class it is an instance of. */
  find(value: unknown, sink: Sink): BoundFormat | undefined {
    const guarded = this.#guarded.find(({ is, format }) => format[sink] !== undefined && is(value));
    const format = guarded?.format[sink] ?? this.#ofClass(value, sink);
    // A format is found only by a test of the value or by its class, so the value is of the type it takes.
    if (format !== undefined) return (nested) => format(value as never, nested);
    return this.#fallback?.find(value, sink);
  }

  #ofClass(value: unknown, sink: Sink): FormatFunction<never> | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    for (let type = prototypeOf(value); type !== null; type = prototypeOf(type)) {
      const format = this.#byClass.get(type)?.[sink];
      if (format !== undefined) return format;
    }
    return undefined;
  }
}

export type BoundFormat = (nested: (part: unknown) => string) => unknown;

type Entry = { readonly [S in Sink]?: FormatFunction<never> | undefined };

const prototypeOf = (value: object) => Object.getPrototypeOf(value) as object | null;
