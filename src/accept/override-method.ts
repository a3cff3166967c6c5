export interface MethodOverride {
  /** The method as it was, bound to its object. */
  readonly original: (...args: unknown[]) => unknown;
  /** Removes the override. If somebody has overridden the method again since, it only becomes inactive. */
  restore(): void;
}

/** Overrides a method of this one object. `replacement` receives the original method. */
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
