export interface MethodOverride {
  /** The method as it was, bound to its object. */
  readonly original: (...args: unknown[]) => unknown;
  /** Takes the override away; where somebody has put another above it, it can only get out of the way. */
  restore(): void;
}

/** Puts `replacement` in the place of a method of this one object; it is given the method that was there. */
export function overrideMethod<T extends object>(
  object: T,
  name: keyof T & string,
  replacement: (original: MethodOverride['original'], args: unknown[]) => unknown,
): MethodOverride {
  const before = Object.getOwnPropertyDescriptor(object, name);
  const method = Reflect.get(object, name) as MethodOverride['original'];
  const original = (...args: unknown[]): unknown => method.apply(object, args);
  let active = true;
  const override = (...args: unknown[]): unknown =>
    active ? replacement(original, args) : original(...args);
  Object.defineProperty(object, name, {
    value: override,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return {
    original,
    restore() {
      active = false;
      if (Reflect.get(object, name) !== override) return;
      if (before === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, before);
    },
  };
}
